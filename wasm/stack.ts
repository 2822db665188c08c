/** What functions may have on the stack: a frame that were larger would reach into what lies below, other threads' memory. */
import { stackBytes } from '../runtime/threads.ts'

/**
 * Bytes of one function; the compiler refuses more. No call goes through more than three that keep arrays there: a kernel,
 * a loop of it, a routine.
 */
export const frameBytes = stackBytes / 4

/** Bytes of the strips of one kernel (`strips.ts`): what is left is for tiles and for registers that are spilled. */
export const stripBytes = (3 / 4) * frameBytes
