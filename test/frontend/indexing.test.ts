/** Indexing by random lists of items, read and written, against plain nested arrays. */
import {
  array,
  at,
  evaluate,
  type IndexItem,
  incSubtensor,
  type NDArray,
  setSubtensor,
  type Tensor,
  tensor,
} from 'damo'
import { verifyGrad } from 'damo/testing'
import { describe, expect, test } from 'vitest'
import { uniform } from '../laws/values.ts'

const trials = 150
const seed = Number(process.env.DAMO_SEED ?? 20)

/** A list of items, and for each element of what they choose its place in x, as NumPy has it. */
interface Trial {
  items: IndexItem[]
  shape: number[]
  places: number[][]
}

/** One item in the model: a new axis, or the indices that it chooses along an axis and whether it keeps it. */
type Model = { kind: 'new' } | { kind: 'range'; chosen: number[] } | { kind: 'index'; at: number[]; shape: number[] }

function randomTrial(shape: readonly number[], random: () => number): Trial {
  const below = (n: number) => Math.floor(random() * n)
  const block = [below(3) + 1, below(3) + 1]
  const items: IndexItem[] = []
  const models: Model[] = []
  const used = below(shape.length + 1)
  const skip = random() < 0.3 ? shape.length - used : 0
  const before = skip > 0 ? below(used + 1) : used
  const whole = (size: number): Model => ({ kind: 'range', chosen: Array.from({ length: size }, (_, i) => i) })
  let axis = 0
  const addItem = () => {
    const size = shape[axis++]!
    const choice = random()
    if (choice < 0.25) {
      const index = below(2 * size) - size
      items.push(index)
      models.push({ kind: 'index', at: [(index + size) % size], shape: [] })
    } else if (choice < 0.6) {
      const step = [1, 2, -1, -2][below(4)]!
      const [start, stop] = [0, 1].map(() => (random() < 0.3 ? null : below(2 * size + 3) - size - 1))
      items.push({ start: start!, stop: stop!, step })
      models.push({ kind: 'range', chosen: sliced(size, start!, stop!, step) })
    } else if (choice < 0.85) {
      const own = block.slice(below(3)).map(n => (random() < 0.3 ? 1 : n))
      const given = Array.from({ length: own.reduce((a, b) => a * b, 1) }, () => below(2 * size) - size)
      items.push(own.length === 0 ? given[0]! : nested(given, own))
      models.push({ kind: 'index', at: given.map(i => (i + size) % size), shape: own })
    } else {
      const mask = Array.from({ length: size }, () => random() < 0.6)
      const chosen = mask.flatMap((is, i) => (is ? [i] : []))
      // Masks broadcast with other indices by their count: only alone, or of one element, is that sure to fit.
      if (chosen.length !== 1) {
        items.push({ start: null, stop: null })
        models.push(whole(size))
      } else {
        items.push(mask)
        models.push({ kind: 'index', at: chosen, shape: [1] })
      }
    }
  }
  for (let i = 0; i < used; i++) {
    if (random() < 0.2) {
      items.push(random() < 0.5 ? null : 'newaxis')
      models.push({ kind: 'new' })
    }
    if (skip > 0 && i === before) {
      items.push('...')
      for (let k = 0; k < skip; k++) models.push(whole(shape[axis++]!))
    }
    addItem()
  }
  if (skip > 0 && before === used) items.push('...')
  while (axis < shape.length) models.push(whole(shape[axis++]!))
  return { items, ...chosen(models, items) }
}

/** Python's `range(size)[start:stop:step]`. */
function sliced(size: number, start: number | null, stop: number | null, step: number): number[] {
  const clamp = (value: number, low: number, high: number) =>
    Math.min(Math.max(value < 0 ? value + size : value, low), high)
  const [from, to] =
    step > 0
      ? [start === null ? 0 : clamp(start, 0, size), stop === null ? size : clamp(stop, 0, size)]
      : [start === null ? size - 1 : clamp(start, -1, size - 1), stop === null ? -1 : clamp(stop, -1, size - 1)]
  const all: number[] = []
  for (let i = from; step > 0 ? i < to : i > to; i += step) all.push(i)
  return all
}

const nested = (flat: readonly number[], shape: readonly number[]): number[] | number[][] => {
  if (shape.length < 2) return [...flat]
  return Array.from({ length: shape[0]! }, (_, i) => flat.slice(i * shape[1]!, (i + 1) * shape[1]!))
}

/** The shape of what is chosen, and the places by position, by NumPy's rules, spelled out. */
function chosen(models: readonly Model[], items: readonly IndexItem[]): { shape: number[]; places: number[][] } {
  const indices = models.flatMap(model => (model.kind === 'index' ? [model] : []))
  const advanced = items.some(item => Array.isArray(item))
  const rank = Math.max(0, ...indices.map(({ shape }) => shape.length))
  const block = Array.from({ length: rank }, (_, i) =>
    indices.reduce((size, { shape }) => {
      const own = shape[shape.length - rank + i] ?? 1
      return own === 1 ? size : own
    }, 1),
  )
  const at = models.flatMap((model, i) => (model.kind === 'index' ? [i] : []))
  const together = at.every((place, i) => place === at[0]! + i)
  const axes: { size: number; of: Model | number }[] = []
  const blockAxes = block.map((size, of) => ({ size, of }))
  if (advanced && !together) axes.push(...blockAxes)
  models.forEach((model, i) => {
    if (model.kind === 'new') axes.push({ size: 1, of: model })
    if (model.kind === 'range') axes.push({ size: model.chosen.length, of: model })
    if (advanced && together && i === at[0]) axes.push(...blockAxes)
  })
  const shape = axes.map(({ size }) => size)
  const places: number[][] = []
  const count = shape.reduce((a, b) => a * b, 1)
  for (let flat = 0; flat < count; flat++) {
    let rest = flat
    const position = shape.map(() => 0)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position[axis] = rest % shape[axis]!
      rest = Math.floor(rest / shape[axis]!)
    }
    const along = (of: Model | number) => position[axes.findIndex(axis => axis.of === of)] ?? 0
    places.push(
      models.flatMap(model => {
        if (model.kind === 'new') return []
        if (model.kind === 'range') return [model.chosen[along(model)]!]
        const own = model.shape.reduce(
          (sum, size, i) => sum * size + (size === 1 ? 0 : along(rank - model.shape.length + i)),
          0,
        )
        return [model.at[own]!]
      }),
    )
  }
  return { shape, places }
}

describe(`random lists of items (seed ${seed})`, () => {
  const random = uniform(seed)
  const list = Array.from({ length: trials }, (_, i) => {
    const shape = [[4], [3, 5], [2, 3, 4]][i % 3]!
    return { shape, trial: randomTrial(shape, random), number: i }
  })

  test.each(list)('$number: $trial.items', ({ shape, trial: { items, shape: wanted, places } }) => {
    const x = tensor('x', { dtype: 'float64', shape })
    const size = shape.reduce((a, b) => a * b, 1)
    const given = array(
      Array.from({ length: size }, (_, i) => 10 + i),
      { dtype: 'float64', shape },
    )
    const flat = places.map(place => place.reduce((sum, index, axis) => sum * shape[axis]! + index, 0))
    const part = at(x, ...items)
    const read = part.eval({ x: given })
    expect(read.shape).toEqual(wanted)
    expect([...read.data]).toEqual(flat.map(i => 10 + i))
    const y = array(
      flat.map((_, i) => 100 * (i + 1)),
      { dtype: 'float64', shape: wanted },
    )
    const [set, added] = [[...given.data], [...given.data]]
    flat.forEach((place, i) => {
      set[place] = 100 * (i + 1)
      added[place]! += 100 * (i + 1)
    })
    const values = tensor('y', { dtype: 'float64', shape: wanted })
    const written = (z: Tensor): NDArray =>
      evaluate(
        [z],
        new Map([
          [x, given],
          [values, y],
        ]),
      )[0]!
    expect([...written(setSubtensor(part, values)).data]).toEqual(set)
    expect([...written(incSubtensor(part, values)).data]).toEqual(added)
    if (flat.length === 0) return
    verifyGrad(a => at(a!, ...items), [given])
    verifyGrad((a, b) => setSubtensor(at(a!, ...items), b!), [given, y])
    verifyGrad((a, b) => incSubtensor(at(a!, ...items), b!), [given, y])
  })
})
