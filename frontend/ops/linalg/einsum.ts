/** Einstein's summation over any number of tensors: taken apart into contractions of two. */
import { renamed } from '../../calculus/type.ts'
import { cast, strengthen } from '../../elementwise.ts'
import { dimsDiffer, dtypeRefused, rankTooHigh, sizeText } from '../../errors.ts'
import { highestRank } from '../../rank.ts'
import type { Operand, Tensor } from '../../tensor.ts'
import type { TogetherType } from '../../together.ts'
import { type DimExpr, type Equality, isNumeric, numbers, promote, unify } from '../../type.ts'
import { contract } from '../contract.ts'
import { diagonal } from '../diagonal.ts'
import { permute, reshapeTo } from '../move.ts'
import { sum } from '../reduce.ts'
import { subscriptsWrong } from './errors.ts'
import type { EinsumRank } from './known.ts'
import { contractionOrder, leftOver } from './order.ts'
import { readSubscripts } from './subscripts.ts'

/**
 * NumPy's einsum: `einsum('ij,jk->ik', a, b)`. A letter names an axis; products of elements with equal letters are summed
 * over the letters that the result does not have; a letter twice in one operand takes the diagonal; `...` stands for the
 * axes that are left, which broadcast. Without `->` the result has the ellipsis' axes, then the letters that occur once,
 * in alphabetical order. Of one letter's axes those of size 1 are repeated. dtypes promote.
 *
 * Three operands and more are contracted pair by pair: where all sizes are known in the cheapest order, otherwise greedily.
 */
export function einsum<const T extends string, const L extends readonly Operand[]>(
  subscripts: T,
  ...operands: L
): Tensor<TogetherType<L>, EinsumRank<T>>
export function einsum(subscripts: string, ...operands: readonly Operand[]): Tensor {
  const given = strengthen('einsum', operands)
  const { operands: labels, out } = readSubscripts(subscripts, given)
  const dtype = given.map(x => x.dtype).reduce(promote)
  if (!isNumeric(dtype)) throw dtypeRefused('einsum', given, numbers)
  if (out.length > highestRank) throw rankTooHigh('einsum', out.length)
  const { dims, checks } = dimsOf(subscripts, given, labels)
  const terms = given.map((x, i) => singled({ x: cast(x, dtype), labels: labels[i]! }, dims))
  // The checks are the first operation's: it stands for the whole call.
  const first = terms[0]!
  terms[0] = { ...first, x: checked(first.x, checks) }
  const size = (label: number) => numberOf(dims.get(label)!)
  for (const [i, j] of contractionOrder(
    terms.map(term => term.labels),
    out,
    size,
  )) {
    const [b] = terms.splice(j, 1) as [Term]
    const [a] = terms.splice(i, 1) as [Term]
    const others = terms.map(term => term.labels)
    terms.push(product(alone(a, [b.labels, ...others], out), alone(b, [a.labels, ...others], out), others, out))
  }
  return inOrder(alone(terms[0]!, [], out), out)
}

/** A tensor whose axes have labels. */
interface Term {
  x: Tensor
  labels: readonly number[]
}

const numberOf = (dim: DimExpr): number | undefined => (typeof dim === 'number' ? dim : undefined)

/** The size of each label: the one that is not 1, where there is one. */
function dimsOf(text: string, operands: readonly Tensor[], labels: readonly (readonly number[])[]) {
  const dims = new Map<number, DimExpr>()
  const checks: Equality[] = []
  operands.forEach((x, i) => {
    labels[i]!.forEach((label, axis) => {
      const [known, own] = [dims.get(label), x.shape[axis]!]
      if (known === undefined || known === 1) dims.set(label, own)
      if (known === undefined || known === 1 || own === 1) return
      const unified = unify(known, own)
      if (unified === 'differ') {
        const name = label < 0 ? 'an axis of the ellipsis' : `'${String.fromCodePoint(label)}'`
        throw subscriptsWrong(text, `${name} has sizes ${sizeText(known)} and ${sizeText(own)}`, operands)
      }
      if (unified.check) checks.push(unified.check)
      dims.set(label, unified.dim)
    })
  })
  return { dims, checks }
}

/** The same tensor, with equalities that a call has to decide. */
const checked = (x: Tensor, checks: readonly Equality[]): Tensor =>
  checks.length === 0 ? x : reshapeTo(x, x.shape, checks)

/** Each label once: diagonals of those that stand twice, and without the axes of size 1 that broadcast. */
function singled(term: Term, dims: ReadonlyMap<number, DimExpr>): Term {
  let { x, labels } = term
  for (;;) {
    const second = labels.findIndex((label, at) => labels.indexOf(label) !== at)
    if (second < 0) break
    const [label, first] = [labels[second]!, labels.indexOf(labels[second]!)]
    const [one, other] = [x.shape[first]!, x.shape[second]!]
    if ((one === 1) !== (other === 1)) throw dimsDiffer('einsum', [x], second, one, other)
    const dim = dims.get(label)!
    const shape = x.shape.map((own, axis) => (axis === first || axis === second ? (own === 1 ? 1 : dim) : own))
    x = diagonal(renamed(x, shape), { axis1: first, axis2: second })
    labels = [...labels.filter((_, axis) => axis !== first && axis !== second), label]
  }
  const kept = labels.flatMap((label, axis) => (x.shape[axis] === 1 && dims.get(label) !== 1 ? [] : [axis]))
  if (kept.length === labels.length) return { x, labels }
  return {
    x: reshapeTo(
      x,
      kept.map(axis => x.shape[axis]!),
    ),
    labels: kept.map(axis => labels[axis]!),
  }
}

/** Summed over the labels that neither the other tensors nor the result have. */
function alone({ x, labels }: Term, others: readonly (readonly number[])[], out: readonly number[]): Term {
  const needed = new Set([...others.flat(), ...out])
  const over = labels.flatMap((label, axis) => (needed.has(label) ? [] : [axis]))
  if (over.length === 0) return { x, labels }
  return { x: cast(sum(x, { axis: over }), x.dtype), labels: labels.filter(label => needed.has(label)) }
}

function product(a: Term, b: Term, others: readonly (readonly number[])[], out: readonly number[]): Term {
  const left = leftOver(a.labels, b.labels, others, out)
  const labels = others.length === 0 ? out : left
  if (labels.length > highestRank) throw rankTooHigh('einsum', labels.length)
  return { x: contract(a.x, a.labels, b.x, b.labels, labels), labels }
}

const inOrder = ({ x, labels }: Term, out: readonly number[]): Tensor =>
  permute(
    x,
    out.map(label => labels.indexOf(label)),
  )
