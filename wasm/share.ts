/** Kernels whose loops threads share, as C++: every shared loop is a function of its own, called for chunks of its turns. */

import { dimNames, type Index } from '../frontend/dims.ts'
import type { LoopProgram, Register, Statement } from '../frontend/kernel/ir.ts'
import { definedIn, mentioned } from './captured.ts'
import { valueType } from './cpp.ts'
import { type KernelFunction, Printer, parametersOf, type Shared } from './emit.ts'
import { isPure, ownArrays, type Piece } from './parallel.ts'
import type { ForLoop } from './statements.ts'
import { knownTurns, turnWork, text as workText } from './work.ts'

/** The functions of a kernel in pieces: `name(P, K, buffers…, scratch…, dims…)` and one for each shared loop. */
export function emitShared(
  program: LoopProgram,
  name: string,
  aliased: ReadonlySet<number>,
  shared: Shared,
  pieces: readonly Piece[],
): KernelFunction {
  const printer = new Printer(program, aliased, shared)
  const emitter = new SharedPrinter(program, name, aliased, printer)
  const lines = emitter.block(pieces, [], 1)
  const params = parametersOf(program, aliased, printer).map(({ type, identifier }) => `${type} ${identifier}`)
  const head = `DAMO_NOINLINE void ${name}(${['Pool* P', ...params].join(', ')}) {`
  const text = [...emitter.functions, head, ...lines, '}', ''].join('\n')
  return { name, fails: false, text, own: ownArrays(pieces) }
}

/** Turns of a loop whose ends are not known where its work is estimated. */
const unknownTurns = 10

class SharedPrinter {
  /** The functions of the shared loops. */
  readonly functions: string[] = []
  readonly #program: LoopProgram
  readonly #name: string
  readonly #aliased: ReadonlySet<number>
  readonly #printer: Printer
  readonly #registers: ReadonlyMap<string, Register>

  constructor(program: LoopProgram, name: string, aliased: ReadonlySet<number>, printer: Printer) {
    this.#program = program
    this.#name = name
    this.#aliased = aliased
    this.#printer = printer
    this.#registers = definedIn(program.body)
  }

  /** The lines of pieces; `around` are the statements and loops that they stand in or behind. */
  block(pieces: readonly Piece[], around: readonly Statement[], depth: number): string[] {
    const before = [...around]
    const indent = '  '.repeat(depth)
    return pieces.flatMap(piece => {
      if (piece.kind === 'alone') {
        if (isPure(piece.statement) || piece.statement.kind === 'var') before.push(piece.statement)
        return this.#printer.block([piece.statement], depth)
      }
      if (piece.kind === 'shared') return this.#call(piece.loop, piece.own, before).map(line => indent + line)
      if (piece.kind === 'if') {
        const [then, otherwise] = [piece.then, piece.otherwise].map(each => this.block(each, before, depth + 1))
        const [head] = this.#printer.block([{ ...piece.statement, then: [], otherwise: [] }], depth)
        return [head!, ...then!, `${indent}} else {`, ...otherwise!, `${indent}}`]
      }
      const inside = this.block(piece.pieces, [...before, piece.loop], depth + 1)
      const [pragma, head] = this.#printer.block([{ ...piece.loop, body: [] }], depth)
      return [pragma!, head!, ...inside, `${indent}}`]
    })
  }

  /** The call that shares a loop; its function is kept. */
  #call(loop: ForLoop, own: readonly string[], around: readonly Statement[]): string[] {
    const printer = this.#printer
    const [first, last] = [`${loop.name}.first`, `${loop.name}.last`]
    const chunk: ForLoop = { ...loop, from: first, to: last }
    const { repeated, names, registers } = this.#capture(chunk, around, [first, last])
    const parameters = parametersOf(this.#program, this.#aliased, printer)
    const captured = [
      ...names.map(name => ({ type: 'i32', identifier: printer.identifier(name) })),
      ...registers.map(({ name, dtype, lanes }) => ({ type: `const ${valueType(dtype, lanes)}`, identifier: name })),
      ...[first, last].map(name => ({ type: 'i32', identifier: printer.identifier(name) })),
    ]
    const name = `${this.#name}_${this.functions.length}`
    const params = [...parameters, ...captured].map(({ type, identifier }) => `${type} ${identifier}`)
    const body = printer.block([...repeated, chunk])
    this.functions.push([`DAMO_NOINLINE void ${name}(${params.join(', ')}) {`, ...body, '}', ''].join('\n'))

    const sizes = new Map(this.#program.scratch.map(each => [printer.identifier(each.name), each]))
    const args = parameters.map(({ identifier }) => {
      const array = sizes.get(identifier)
      return array && own.includes(array.name) ? `${identifier} + ${printer.index(array.size)} * who` : identifier
    })
    const values = captured.slice(0, -2).map(({ identifier }) => identifier)
    const text = (index: Index) => printer.index(index)
    const known = new Set([...this.#program.kernel.dims, ...around.flatMap(s => ('name' in s ? [s.name] : []))])
    const turns = (from: Index, to: Index, step: Index) => {
      if (![...dimNames(to, dimNames(from))].every(name => known.has(name))) return unknownTurns
      return knownTurns(from, to, step) ?? `f64(max(${text(to)} - ${text(from)}, 0)) / ${text(step)}`
    }
    const work = workText(turnWork(loop, turns))
    return [
      '{',
      `  const i32 from = ${text(loop.from)}, to = ${text(loop.to)}, step = ${text(loop.step)};`,
      '  const i32 turns = max((to - from + step - 1) / step, 0);',
      `  share(P, turns, f64(turns) * (${work}), [=](i32 lo, i32 hi, i32 who) {`,
      `    ${name}(${[...args, ...values, 'from + lo * step', 'min(to, from + hi * step)'].join(', ')});`,
      '  });',
      '}',
    ]
  }

  /**
   * What a loop needs of what stands around it: statements to repeat (constants, indices, arrays), and names of indices
   * and registers to pass on.
   */
  #capture(loop: ForLoop, around: readonly Statement[], given: readonly string[]) {
    const needed = mentioned([loop])
    const defined = definedIn(loop.body)
    const repeated: Statement[] = []
    const names: string[] = []
    const registers: Register[] = []
    for (const s of [...around].reverse()) {
      if (s.kind === 'for' && needed.names.has(s.name)) names.push(s.name)
      if (s.kind === 'array' && needed.arrays.has(s.name)) repeated.unshift(s)
      if (s.kind === 'name' && needed.names.has(s.name)) {
        if (typeof s.value === 'object' && 'register' in s.value) names.push(s.name)
        else {
          repeated.unshift(s)
          for (const name of mentioned([s]).names) needed.names.add(name)
        }
      }
      if ((s.kind === 'let' || s.kind === 'var') && needed.registers.has(s.register.name)) {
        if (defined.has(s.register.name)) continue
        if (s.kind === 'let' && s.operation.kind === 'const') repeated.unshift(s)
        else registers.push(this.#registers.get(s.register.name)!)
      }
    }
    return { repeated, names: names.filter(name => !given.includes(name)), registers }
  }
}
