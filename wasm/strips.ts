/**
 * Vector loops with long bodies, in strips. A processor computes ahead as far as its queues reach: of a body whose
 * operations wait for each other for long it sees too few turns at once to be busy. So the first half of the body is
 * computed for a strip of turns, what the second half needs of it waits in the first cache, and the second half follows.
 * The operations are the same in the same order for every element, and so are the results.
 *
 * Measured on Zen 4 with polynomials by Horner's rule, ns an element of float32, in one loop and in strips. Node 20: exp
 * 1.00 and 0.76, tanh 1.33 and 1.00, sigmoid 1.02 and 0.82, erf 2.93 and 1.87, softplus 2.40 and 1.56, sin 2.28 and 1.80,
 * pow 7.7 and 4.6; softmax 1.27 and 0.96; a chain of tanh, sigmoid and exp 3.17 and 2.76. Node 24 with relaxed SIMD: 0.64
 * and 0.55, 0.86 and 0.71, 0.67 and 0.58, 1.77 and 1.20, 1.75 and 1.12, 1.80 and 1.11, 6.9 and 3.7; 0.87 and 0.71; 2.75 and
 * 2.07.
 */
import { dimAdd, dimLimit, dimMin, dimMul, dimSub, type Index } from '../frontend/dims.ts'
import { type LoopProgram, type Register, type Statement, vectorLanes } from '../frontend/kernel/ir.ts'
import { unlike } from '../frontend/kernel/names.ts'
import { byteWidth, type DType } from '../runtime/manifest.ts'
import { definedIn, renamed } from './captured.ts'
import { cutBody } from './halves.ts'
import { opened } from './opened.ts'
import { stripBytes } from './stack.ts'
import { type ForLoop, statementsIn } from './statements.ts'

/**
 * Additions one after the other that a turn may wait for: bodies of more are cut, and their halves again where they
 * are longer still. With shorter halves tanh is faster on Node 20 (0.87) and slower with relaxed SIMD (0.77), whose products
 * and sums are one operation.
 */
const longBody = 16
const longHalf = 18

/** Statements of a body that is cut, at most: choosing where takes time that grows with their square. */
const mostStatements = 500

/** Fewer vectors in all are not worth a second loop: with as many, in four turns, softmax takes 0.75 of the time on Node 20. */
const fewestVectors = 16

/** Vectors of a strip: half or twice as many are as fast. */
const stripVectors = 64

/** Strips of more than `stripBytes` in a kernel are shorter, down to so many. */
const leastVectors = 16

/** A kernel's loops, those with long bodies in strips. */
export function inStrips(program: LoopProgram): LoopProgram {
  return { ...program, body: new Stripper(program).block(program.body) }
}

/** An array that keeps `vectors` for every vector of a strip. */
interface Kept {
  name: string
  dtype: DType
  vectors: number
}

class Stripper {
  readonly #dims: ReadonlySet<string>
  readonly #body: readonly Statement[]
  #defined: { registers: ReadonlyMap<string, Register>; constants: ReadonlySet<string> } | undefined
  #arrays = 0
  #bytesLeft = stripBytes

  constructor({ kernel, body }: LoopProgram) {
    this.#dims = new Set(kernel.dims)
    this.#body = body
  }

  /** What the whole kernel defines, looked up when a loop first asks for it. */
  get #definitions() {
    this.#defined ??= {
      registers: definedIn(this.#body),
      constants: new Set(
        statementsIn(this.#body).flatMap(s =>
          s.kind === 'let' && s.operation.kind === 'const' ? [s.register.name] : [],
        ),
      ),
    }
    return this.#defined
  }

  /** The statements of a block. Blocks nest as deep as loops do. */
  block(statements: readonly Statement[]): Statement[] {
    return statements.flatMap((s, i): Statement[] => {
      if (s.kind === 'if') return [{ ...s, then: this.block(s.then), otherwise: this.block(s.otherwise) }]
      if (s.kind !== 'for') return [s]
      // What follows a loop by the same name in smaller steps is what that has left over; in others, another range.
      const before = statements[i - 1]
      const isRest = before?.kind === 'for' && before.name === s.name && Number(s.step) < Number(before.step)
      return (isRest ? undefined : this.#strips(s)) ?? [{ ...s, body: this.block(s.body) }]
    })
  }

  /** A vector loop in strips; undefined where its body is not long, or more than straight-line code. */
  #strips(loop: ForLoop): Statement[] | undefined {
    const { name, from, to, step, mode, body } = loop
    // Strips of any length are whole turns.
    if (mode !== 'vector' || typeof step !== 'number' || (leastVectors * vectorLanes) % step !== 0) return undefined
    if (!body.every(({ kind }) => kind === 'let' || kind === 'store' || kind === 'assign')) return undefined
    if ((dimLimit(dimSub(to, from)) ?? Infinity) < fewestVectors * vectorLanes) return undefined
    const pieces = new Pieces(name, step / vectorLanes, `${name}.strip`, () => this.#array())
    const { registers, constants } = this.#definitions
    const whole = opened(body, registers, constants)
    const bodies = whole.length > mostStatements ? [whole] : pieces.of(whole, longBody)
    if (bodies.length === 1) return undefined
    const bytesEach = pieces.kept.reduce((sum, { dtype, vectors }) => sum + byteWidth[dtype] * vectors, 0) * vectorLanes
    let vectors = stripVectors
    while (vectors * bytesEach > this.#bytesLeft) vectors /= 2
    if (vectors < leastVectors) return undefined
    this.#bytesLeft -= vectors * bytesEach
    const length = vectors * vectorLanes
    const arrays = pieces.kept.map(
      (kept): Statement => ({
        kind: 'array',
        name: kept.name,
        dtype: kept.dtype,
        size: length * kept.vectors,
        scope: 'local',
      }),
    )
    const [first, end] = [`${name}.strip`, `${name}.end`]
    const ends: Statement = { kind: 'name', name: end, value: dimMin(dimAdd(first, length), to) }
    const loops = bodies.map((each): Statement => ({ ...loop, from: first, to: end, body: each }))
    return [{ kind: 'for', mode: 'serial', name: first, from, to, step: length, body: [ends, ...arrays, ...loops] }]
  }

  #array(): string {
    return unlike(this.#dims, `strip${this.#arrays++}`)
  }
}

/** The pieces of one body, and the arrays between them. */
class Pieces {
  readonly kept: Kept[] = []
  readonly #loop: string
  readonly #copies: number
  readonly #first: Index
  readonly #array: () => string

  /** Of a loop with so many copies side by side, in strips from `first` on. */
  constructor(loop: string, copies: number, first: Index, array: () => string) {
    this.#loop = loop
    this.#copies = copies
    this.#first = first
    this.#array = array
  }

  /** A body in pieces, by halves: as many as its length asks for. */
  of(body: readonly Statement[], limit: number): (readonly Statement[])[] {
    const cut = cutBody(body, this.#copies, limit)
    if (!cut) return [body]
    const [stores, loads]: [Statement[], Statement[]] = [[], []]
    for (const dtype of new Set(cut.crossing.map(each => each.dtype))) {
      const registers = cut.crossing.filter(each => each.dtype === dtype)
      const vectors = Math.ceil(registers.length / this.#copies)
      const name = this.#array()
      this.kept.push({ name, dtype, vectors })
      registers.forEach((register, i) => {
        const at = dimAdd(dimMul(dimSub(this.#loop, this.#first), vectors), i * vectorLanes)
        stores.push({ kind: 'store', to: name, at, stride: 1, value: register })
        loads.push({ kind: 'let', register, operation: { kind: 'load', from: name, at, stride: 1 } })
      })
    }
    const again = new Map(
      [...definedIn(cut.first).keys()].map(name => [name, `${name}_again${this.kept.length}`] as const),
    )
    const second = renamed([...loads, ...cut.second], again)
    return [...this.of([...cut.first, ...stores], longHalf), ...this.of(second, longHalf)]
  }
}
