/**
 * Who executes graphs in the tests: the oracle first, then everything that has to agree with it. Laws, reference cases and
 * fuzzing iterate over this list; a new target joins by an entry here.
 */
import { compile, evaluate, interpreter, type NDArray, type Target, type Tensor } from 'damo'
import { Store } from 'damo/runtime'
import { wasm } from 'damo/wasm'
import { hasRelaxed } from '../../runtime/relaxed.ts'
import { findCompiler } from '../../wasm/emcc/index.ts'
import '../relaxed.ts'
import { loopInterpreter } from '../targets.ts'

/** What is compiled: inputs and outputs by name, and simultaneous updates of shared variables. */
export interface Program {
  inputs: Readonly<Record<string, Tensor>>
  outputs: Readonly<Record<string, Tensor>>
  updates?: readonly (readonly [variable: Tensor, next: Tensor])[]
}

export type Arrays = Readonly<Record<string, NDArray>>

/** A compiled program with state of its own. */
export interface Runner {
  run(inputs: Arrays): Promise<Arrays>
  /** The value of a shared variable that the program updates. */
  state(variable: Tensor): NDArray
}

export interface Executor {
  name: string
  /** Why it cannot run here, or undefined where it can. */
  unavailable(): Promise<string | undefined>
  compile(program: Program): Promise<Runner>
  /** Programs that share the state of their shared variables. */
  compileTogether(programs: readonly Program[]): Promise<Runner[]>
  /** Executors with the same word give the same bits. */
  bits?: string
  /** Computes graphs as they are written: what only rewriting makes right is not asked of it. */
  literal?: true
}

/** The exact interpreter of graphs, without rewriting. */
export const oracle: Executor = {
  name: 'oracle',
  literal: true,
  unavailable: async () => undefined,
  compile: async program => interpreted(program, new Map()),
  compileTogether: async programs => {
    const states = new Map<Tensor, NDArray>()
    return programs.map(program => interpreted(program, states))
  },
}

function interpreted({ inputs, outputs, updates = [] }: Program, states: Map<Tensor, NDArray>): Runner {
  const names = Object.keys(outputs)
  const wanted = [...Object.values(outputs), ...updates.map(([, next]) => next)]
  return {
    async run(values) {
      const given = new Map<Tensor, NDArray>(states)
      for (const [name, tensor] of Object.entries(inputs)) given.set(tensor, values[name]!)
      const results = evaluate(wanted, given)
      updates.forEach(([variable], i) => {
        states.set(variable, results[names.length + i]!)
      })
      return Object.fromEntries(names.map((name, i) => [name, results[i]!]))
    },
    state: variable => states.get(variable) ?? evaluate([variable])[0]!,
  }
}

/** The whole pipeline up to a target. */
export function fromTarget(target: Target, rest: Partial<Executor> = {}): Executor {
  const compileIn = async ({ inputs, outputs, updates = [] }: Program, store: Store): Promise<Runner> => {
    const program = await compile({ inputs, outputs, updates, onUnusedInput: 'ignore' }, { target, store })
    return { run: values => program(values), state: variable => program.state.get(variable.name!) }
  }
  const newStore = () => target.newStore?.() ?? new Store()
  return {
    name: target.name,
    unavailable: async () => undefined,
    compile: program => compileIn(program, newStore()),
    async compileTogether(programs) {
      const store = newStore()
      const runners: Runner[] = []
      for (const program of programs) runners.push(await compileIn(program, store))
      return runners
    },
    ...rest,
  }
}

/** Why wasm cannot be compiled here: the first line of what the search for a compiler says. */
async function withoutCompiler(): Promise<string | undefined> {
  try {
    await findCompiler()
    return undefined
  } catch (error) {
    return (error as Error).message.split('\n')[0]
  }
}

const withoutRelaxed = async (): Promise<string | undefined> =>
  hasRelaxed() ? await withoutCompiler() : 'this engine has no relaxed SIMD'

/** All of them, the oracle first. */
export const executors: readonly Executor[] = [
  oracle,
  fromTarget(interpreter()),
  fromTarget(loopInterpreter(), { bits: 'simd128' }),
  fromTarget(wasm({ numerics: 'reproducible' }), { name: 'simd128', bits: 'simd128', unavailable: withoutCompiler }),
  fromTarget(wasm({ numerics: 'fast' }), { name: 'relaxed simd', unavailable: withoutRelaxed }),
]
