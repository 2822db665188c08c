/** Loops that users write: `scan`, and what is made of it. */
import { expectFunction, namedOptions } from '../arguments.ts'
import { dimAtLeast, dimMax } from '../dims.ts'
import { type DimLike, toDim } from '../leaf.ts'
import { named } from '../origin.ts'
import {
  type Arrangement,
  arranged,
  arrangementText,
  type Elements,
  listed,
  type Stacked,
  type Tensors,
} from '../scan/arrangement.ts'
import { carriesMissing, carryDiffers, sequenceScalar, stepsDiffer, stepsMissing } from '../scan/errors.ts'
import { carryHistory, historyAfter, historyBefore, lastCarry, loop, stackedOutput } from '../scan/node.ts'
import { scanOp } from '../scan/op.ts'
import type { Tensor } from '../tensor.ts'
import { type DimExpr, type Equality, unify } from '../type.ts'

/** What a scan goes over and starts from. */
export interface ScanOptions<C, S> {
  /** The carry before the first step; without it nothing is carried. */
  initial?: C
  /** Tensors whose first axes are gone along together, all of one length. */
  sequences?: S
  /** How many steps; the length of the sequences when absent. */
  steps?: DimLike
  /** Go from the last element to the first; outputs stay in the order of the sequences. */
  reverse?: boolean
  /** Gradients go back through so many steps at most, from the last on; through all when absent. Values are not affected. */
  truncateGradient?: number
}

/** What a step returns: the next carry, of the types of the first, and what to put out. */
export interface ScanStep<C, O> {
  carry?: C
  output?: O
}

/** What a scan gives: the carry after the last step, and each output stacked along a new first axis. */
export interface Scanned<C, O> {
  carry: C
  outputs: O
}

type Wide<C> = { readonly [K in keyof C]: Tensor }
type Next<C> = C extends Tensor | number | bigint | boolean ? Tensor : Wide<C>

/**
 * A loop that carries tensors from step to step and stacks what the steps put out:
 *
 *     const { carry, outputs } = scan((h, x) => {
 *       const next = tanh(x.matmul(W).add(h.matmul(U)))
 *       return { carry: next, output: next }
 *     }, { initial: h0, sequences: xs })
 *
 * `step` is called once, with symbols: the carry, and the element of each sequence. Carry, sequences and output are one
 * tensor, a list, or a record of tensors. Other tensors may be used inside as they are; what does not depend on the carry
 * or an element is computed once, before the loop. The carry keeps its types: dtypes and shapes after a step have to be
 * those of `initial`, or the error names both. No steps at all are legal: the carry is the initial one, and outputs have
 * length 0; so it is when `steps` becomes negative.
 *
 * Memory: the last carry alone takes room for two of it at most, however many steps there are. Gradients (to any order, in both
 * modes) keep one carry a step and compute everything else again.
 */
export function scan<
  const C extends Arrangement | undefined = undefined,
  const S extends Arrangement | undefined = undefined,
  const O extends Arrangement | undefined = undefined,
>(
  step: (carry: Tensors<C>, element: Elements<S>) => ScanStep<Next<C>, O>,
  options: ScanOptions<C, S>,
): Scanned<Tensors<C>, Stacked<O>> {
  expectFunction('scan', 'a function of a step', step)
  namedOptions('scan', options, ['initial', 'sequences', 'steps', 'reverse', 'truncateGradient'])
  const initials = listed('scan', 'carry', options.initial)
  const sequences = listed('scan', 'sequence', options.sequences)
  const { steps, checks } = stepsOf(sequences, options.steps)
  if (options.truncateGradient !== undefined) toDim('scan', options.truncateGradient)
  let output: O | undefined
  let kept: Kept[] = []
  const node = loop(
    scanOp,
    {
      sequences: sequences.map(({ tensor }) => tensor),
      initials: initials.map(({ tensor }) => tensor),
      steps,
      reverse: options.reverse ?? false,
      truncateGradient: options.truncateGradient,
      checks,
    },
    (elements, before) => {
      const returned = step(
        arranged(options.initial, before) as Tensors<C>,
        arranged(options.sequences, elements) as Elements<S>,
      )
      const after = listed('scan', 'carry', returned.carry)
      checks.push(...checkCarries(options.initial, returned.carry, initials, after))
      output = returned.output
      const next = after.map(({ tensor }) => tensor)
      const put = listed('scan', 'output', output).map(({ tensor }) => tensor)
      kept = put.map(tensor => keep(tensor, before, next))
      return { carries: next, outputs: put.filter((_, i) => kept[i]!.of === 'output') }
    },
  )
  let outputs = 0
  const stacked = kept.map(({ of, carry }) => {
    if (of === 'output') return stackedOutput(node, outputs++)
    const history = carryHistory(node, carry)
    return of === 'before' ? historyBefore(node, history) : historyAfter(node, history)
  })
  return {
    carry: arranged(
      options.initial,
      initials.map((_, i) => lastCarry(node, i)),
    ),
    outputs: arranged(output, stacked),
  } as Scanned<Tensors<C>, Stacked<O>>
}

/** Where the values of an output come from: a carry that is put out as it is needs no place besides its history. */
interface Kept {
  of: 'before' | 'after' | 'output'
  carry: number
}

function keep(output: Tensor, before: readonly Tensor[], after: readonly Tensor[]): Kept {
  if (after.includes(output)) return { of: 'after', carry: after.indexOf(output) }
  if (before.includes(output)) return { of: 'before', carry: before.indexOf(output) }
  return { of: 'output', carry: -1 }
}

type Listed = ReturnType<typeof listed>

function stepsOf(sequences: Listed, given: DimLike | undefined): { steps: DimExpr; checks: Equality[] } {
  const asked = given === undefined ? undefined : toDim('scan', given)
  let steps = asked === undefined || dimAtLeast(asked, 0) ? asked : dimMax(asked, 0)
  const checks: Equality[] = []
  for (const { name, tensor } of sequences) {
    if (tensor.ndim === 0) throw sequenceScalar(name, tensor)
    const length = tensor.shape[0]!
    const unified = steps === undefined ? { dim: length } : unify(steps, length)
    if (unified === 'differ') throw stepsDiffer(steps!, name, tensor)
    if (unified.check) checks.push(unified.check)
    steps = unified.dim
  }
  if (steps === undefined) throw stepsMissing()
  return { steps, checks }
}

/** Throws unless the carry is what it was; the equalities of dims that are left for a call to check. */
function checkCarries(given: unknown, returned: unknown, initials: Listed, after: Listed): Equality[] {
  const same = initials.length === after.length && initials.every(({ name }, i) => name === after[i]!.name)
  if (!same) throw carriesMissing(arrangementText(given), arrangementText(returned))
  return initials.flatMap(({ name, tensor: initial }, i) => {
    const { tensor } = after[i]!
    const dims =
      tensor.ndim === initial.ndim
        ? initial.shape.map((dim, axis) => unify(dim, tensor.shape[axis]!))
        : ['differ' as const]
    if (tensor.dtype !== initial.dtype || dims.includes('differ')) throw carryDiffers(name, initial, tensor)
    return dims.flatMap(dim => (dim !== 'differ' && dim.check ? [dim.check] : []))
  })
}

/** A function of each element of sequences, stacked: `map(x => x.mul(2), xs)`. */
export function map<const S extends Arrangement, const O extends Arrangement>(
  f: (element: Elements<S>) => O,
  sequences: S,
): Stacked<O> {
  expectFunction('map', 'a function of an element', f)
  return scan((_: undefined, element: Elements<S>) => ({ output: f(element) }), { sequences } as never)
    .outputs as Stacked<O>
}

/** A value carried through sequences from the first element on: `foldl((sum, x) => sum.add(x), xs, 0)`. */
export function foldl<const C extends Arrangement, const S extends Arrangement>(
  f: (carry: Tensors<C>, element: Elements<S>) => Next<C>,
  sequences: S,
  initial: C,
): Tensors<C> {
  return fold(f, sequences, initial, false)
}

/** Like `foldl`, from the last element on. */
export function foldr<const C extends Arrangement, const S extends Arrangement>(
  f: (carry: Tensors<C>, element: Elements<S>) => Next<C>,
  sequences: S,
  initial: C,
): Tensors<C> {
  return fold(f, sequences, initial, true)
}

/** Theano's other name of `foldl`, which does not promise an order. */
export const reduce: typeof foldl = named('reduce', (f, sequences, initial) => foldl(f, sequences, initial))

function fold<C extends Arrangement, S extends Arrangement>(
  f: (carry: Tensors<C>, element: Elements<S>) => Next<C>,
  sequences: S,
  initial: C,
  reverse: boolean,
): Tensors<C> {
  expectFunction(reverse ? 'foldr' : 'foldl', 'a function of a carry and an element', f)
  const step = (carry: Tensors<C>, element: Elements<S>) => ({ carry: f(carry, element) })
  return scan<C, S>(step, { initial, sequences, reverse }).carry
}
