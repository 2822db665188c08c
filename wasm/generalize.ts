/**
 * Loop programs that differ in nothing but numbers become one that takes those numbers as dims: their least general
 * generalization (Plotkin, A note on inductive generalization, 1970). Layers of a network then share their code.
 *
 * What shapes code stays as it is: the sizes of tiles, that is steps of loops and arrays on the stack, offsets that an
 * instruction holds, divisors, and 0 and 1, for which there are simpler instructions.
 */
import type { Index } from '../frontend/dims.ts'
import type { LoopProgram, Operation, Statement } from '../frontend/kernel/ir.ts'
import { unlike } from '../frontend/kernel/names.ts'
import { ownArrays, type Piece } from './parallel.ts'

/** A scheduled kernel, with its pieces where threads share it. */
export interface Scheduled {
  loops: LoopProgram
  pieces: readonly Piece[] | undefined
}

/** A program with a dim of its own for each number, and those numbers: equal templates differ in numbers alone. */
export function templateOf(scheduled: Scheduled): Scheduled & { numbers: readonly number[] } {
  const numbers: number[] = []
  const names: string[] = []
  const name = namer(scheduled)
  const template = withNumbers(scheduled, value => {
    numbers.push(value)
    names.push(name())
    return names[names.length - 1]!
  })
  return { ...withDims(template, names), numbers }
}

/**
 * The program that becomes each of those with `numbers` (as `templateOf` gives them) when its further dims are given the
 * `values` for it; `scheduled` is one of them. Numbers that are the same in all stay, those that always agree are one dim.
 */
export function generalize(
  scheduled: Scheduled,
  numbers: readonly (readonly number[])[],
): Scheduled & { values: readonly (readonly number[])[] } {
  const values: number[][] = numbers.map(() => [])
  if (values.length === 1) return { ...scheduled, values }
  const names = new Map<string, string>()
  const name = namer(scheduled)
  let place = 0
  const general = withNumbers(scheduled, value => {
    const column = numbers.map(each => each[place]!)
    place++
    if (column.every(each => each === value)) return value
    const key = column.join()
    if (!names.has(key)) {
      names.set(key, name())
      for (const [i, each] of column.entries()) values[i]!.push(each)
    }
    return names.get(key)!
  })
  return { ...withDims(general, [...names.values()]), values }
}

/** Gives names that no dim of a program has. */
function namer({ loops: { kernel } }: Scheduled): () => string {
  const dims = new Set(kernel.dims)
  let count = 0
  return () => unlike(dims, `number ${count++}`)
}

function withDims({ loops, pieces }: Scheduled, names: readonly string[]): Scheduled {
  const { kernel } = loops
  return { loops: { ...loops, kernel: { ...kernel, dims: [...kernel.dims, ...names] } }, pieces }
}

/** What becomes of a number that may be a dim. They come in one order for all programs of one template. */
type Change = (value: number) => Index

function withNumbers({ loops, pieces }: Scheduled, change: Change): Scheduled {
  const changer = new Changer(change)
  const body = changer.block(loops.body)
  // Where every thread has an array for itself, its size tells them apart. Sizes are not in the code otherwise.
  const own = ownArrays(pieces ?? [])
  const scratch = loops.scratch.map(each => (own.has(each.name) ? { ...each, size: changer.index(each.size) } : each))
  return { loops: { ...loops, scratch, body }, pieces: pieces && changer.pieces(pieces) }
}

class Changer {
  readonly #change: Change
  readonly #changed = new Map<Statement, Statement>()

  constructor(change: Change) {
    this.#change = change
  }

  block(statements: readonly Statement[]): Statement[] {
    return statements.map(statement => {
      const changed = this.#statement(statement)
      this.#changed.set(statement, changed)
      return changed
    })
  }

  /** Pieces of statements that have been changed. */
  pieces(pieces: readonly Piece[]): Piece[] {
    const changed = <S extends Statement>(statement: S) => this.#changed.get(statement) as S
    return pieces.map((piece): Piece => {
      if (piece.kind === 'alone') return { ...piece, statement: changed(piece.statement) }
      if (piece.kind === 'shared') return { ...piece, loop: changed(piece.loop) }
      if (piece.kind === 'for') return { ...piece, loop: changed(piece.loop), pieces: this.pieces(piece.pieces) }
      const [then, otherwise] = [this.pieces(piece.then), this.pieces(piece.otherwise)]
      return { ...piece, statement: changed(piece.statement), then, otherwise }
    })
  }

  index(index: Index): Index {
    if (typeof index === 'string') return index
    if (typeof index === 'number') return index > 1 ? this.#change(index) : index
    const [op, ...args] = index
    const divides = op === '//' || op === '%'
    return [op, ...args.map((arg, i) => (divides && i === 1 ? arg : this.index(arg)))]
  }

  /** A place in memory: its offset stays. */
  #place(index: Index): Index {
    if (typeof index !== 'object' || index[0] !== '+') return typeof index === 'number' ? index : this.index(index)
    return ['+', ...index.slice(1).map(part => (typeof part === 'number' ? part : this.index(part as Index)))]
  }

  #statement(s: Statement): Statement {
    switch (s.kind) {
      case 'let':
      case 'var':
      case 'assign':
        return { ...s, operation: this.#operation(s.operation) }
      case 'store':
        return { ...s, at: this.#place(s.at), stride: this.index(s.stride) }
      case 'for':
        return { ...s, from: this.index(s.from), to: this.index(s.to), body: this.block(s.body) }
      case 'if': {
        const when = s.when.map(({ relation, left, right }) => {
          return { relation, left: this.index(left), right: this.index(right) }
        })
        return { ...s, when, then: this.block(s.then), otherwise: this.block(s.otherwise) }
      }
      case 'name': {
        if (typeof s.value !== 'object' || !('register' in s.value)) return { ...s, value: this.index(s.value) }
        const { fromEnd } = s.value
        return fromEnd === undefined ? s : { ...s, value: { ...s.value, fromEnd: this.index(fromEnd) } }
      }
      case 'check':
        return { ...s, size: this.index(s.size) }
      case 'array':
      case 'barrier':
        return s
    }
  }

  #operation(operation: Operation): Operation {
    if (operation.kind === 'load') {
      const { at, stride } = operation
      // Lanes that lie apart are loaded one by one, each from an offset of its own.
      const apart = stride !== 0 && stride !== 1
      return { ...operation, at: apart ? this.index(at) : this.#place(at), stride: this.index(stride) }
    }
    if (operation.kind === 'index')
      return { ...operation, value: this.index(operation.value), step: this.index(operation.step) }
    return operation
  }
}
