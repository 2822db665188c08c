/**
 * A proof that threads do not meet: loops are run turn by turn as if each were another thread's, and of every element it
 * is known who has read and written it since all threads last came together. No luck and no load is needed to see a race.
 */
import type { LoopProgram } from '../../frontend/kernel/ir.ts'
import type { Watch } from '../../frontend/kernel/watch.ts'
import { type Piece, sharedPieces } from '../../wasm/parallel.ts'
import { statementsIn } from '../../wasm/statements.ts'

/** What is known of an array: by element, the turns that wrote it and that first and last read it; 0 is no turn. */
interface Known {
  writer: number[]
  first: number[]
  last: number[]
}

/** Watches the loops of a kernel that are shared, if any are: where turns meet, it throws. */
export function raceWatch(program: LoopProgram, pieces = sharedPieces(program)): Watch | undefined {
  if (!pieces) return undefined
  const local = statementsIn(program.body).flatMap(s => (s.kind === 'array' ? [s.name] : []))
  return watchLoops(program, sharedIn(pieces), new Set(local))
}

type Shared = Extract<Piece, { kind: 'shared' }>

function sharedIn(pieces: readonly Piece[]): Shared[] {
  return pieces.flatMap(piece => {
    if (piece.kind === 'shared') return [piece]
    if (piece.kind === 'for') return sharedIn(piece.pieces)
    return piece.kind === 'if' ? sharedIn([...piece.then, ...piece.otherwise]) : []
  })
}

/** `local` are the arrays that every function, so every chunk, has for itself. */
function watchLoops({ kernel }: LoopProgram, shared: readonly Shared[], local: ReadonlySet<string>): Watch {
  let known = new Map<number | string, Known>()
  // The turn under way and the first one of its loop; outside of shared loops all threads are together.
  let turns = 0
  let turn = 0
  let start = Infinity
  let loop: Shared | undefined
  const of = (array: number | string): Known => {
    const found = known.get(array) ?? { writer: [], first: [], last: [] }
    known.set(array, found)
    return found
  }
  const owned = new Set(shared.flatMap(({ own }) => own))
  const isPrivate = (array: number | string) =>
    typeof array === 'string' && (local.has(array) || (loop ? loop.own.includes(array) : owned.has(array)))
  const meet = (array: number | string, at: number, how: string) => {
    const where = loop ? `turns of ${loop.loop.name} meet` : 'what one turn left is asked for'
    throw new Error(`kernel ${kernel.name} (${kernel.label}): ${where} at element ${at} of ${array}: ${how}`)
  }
  const other = (who: number | undefined) => loop && who !== undefined && who >= start && who !== turn
  return {
    begin(buffers) {
      known = new Map()
      // Buffers that are in the same place are one.
      const places = new Map<string, Known>()
      buffers.forEach(({ byteOffset }, i) => {
        places.set(`${byteOffset}`, places.get(`${byteOffset}`) ?? of(i))
        known.set(i, places.get(`${byteOffset}`)!)
      })
    },
    read(array, at) {
      const { writer, first, last } = of(array)
      const wrote = writer[at] ?? 0
      if (isPrivate(array)) {
        if (wrote !== turn) meet(array, at, 'read, and not written before')
        return
      }
      if (other(wrote)) meet(array, at, 'written, then read')
      if (wrote > 0 && wrote < start && owned.has(array as string))
        meet(array, at, 'written where every chunk has its own')
      if (turn === 0) return
      if ((first[at] ?? 0) < start) first[at] = turn
      last[at] = turn
    },
    write(array, at) {
      const { writer, first, last } = of(array)
      if (!isPrivate(array)) {
        if (other(writer[at])) meet(array, at, 'written twice')
        if (other(first[at]) || other(last[at])) meet(array, at, 'read, then written')
      }
      writer[at] = turn
    },
    loop(statement) {
      const found = shared.find(piece => piece.loop === statement)
      if (!found) return undefined
      return {
        turn() {
          turn = ++turns
          if (!loop) start = turn
          loop = found
        },
        end() {
          turn = 0
          loop = undefined
          start = Infinity
        },
      }
    },
  }
}
