/** The page docs/ops.md, from the registry and the public functions. */
import * as damo from 'damo'
import { allTypes, promote } from '../../frontend/type.ts'
import { factsOf, opBehind } from './facts.ts'
import { inScipy, otherNames, snake, theanoNetworks, withoutNumpy } from './names.ts'
import { type Documented, type Section, sections, sentence } from './sources.ts'

const head = `# Ops

Every function of tensors in \`damo\`, and below those every function of \`damo/nn\`. Made from the registry of ops and from the sources by \`npm test -- docs -u\`.

- **dtypes**: what operands may have; *floats* are float16, float32 and float64, *numbers* those and all integers, *all* bool
  too. Operands of several dtypes are promoted by the table below first.
- **example**: one application, from the types of its operands to that of its result. Elementwise functions broadcast.
- **gradient**: whether derivatives flow, in both modes and again.
- Every function runs on the interpreter and on wasm. **webgpu** says whether it runs there in float32: *no* where the
  function, or its approximation, needs 64 bits.
- **NumPy** and **Theano**: what it is called there, \`scipy.special\` where it is SciPy's.

## Dtypes

There are eleven: ${allTypes.map(dtype => `\`${dtype}\``).join(' ')}. A plain number has none of its own: it takes that of the tensors it
stands with (a fraction among integers makes float32). Of two tensors:

${promotionTable()}

So integers promote as in NumPy, an integer with a float gives that float, and of two floats the wider stays. Quotients and
functions such as \`exp\` make float32 of integers; sums and products of integers and bool are int64 unless \`dtype\` says
otherwise; positions (\`argmax\`) and what counts (\`arange\`) are int32. In TypeScript, \`Promote<A, B>\` is this table.

Casts between integers wrap (300 as uint8 is 44); from float to integer they truncate and saturate (300.7 as uint8 is 255,
-5 is 0, NaN is 0); to bool they are \`x != 0\`. float16 is computed in float32 and rounded where it is stored; its host
data are bits in a \`Uint16Array\`.
`

function promotionTable(): string {
  const row = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const short = (dtype: string) => dtype.replace('float', 'f').replace('uint', 'u').replace('int', 'i')
  const lines = allTypes.map(a => row([`**${a}**`, ...allTypes.map(b => short(promote(a, b)))]))
  return [row(['', ...allTypes.map(short)]), row(['', ...allTypes].map(() => '---')), ...lines].join('\n')
}

/** The whole text. */
export function opsPage(): string {
  return [head, ...sections().map(sectionText)].join('\n')
}

function sectionText({ title, functions }: Section): string {
  const columns = ['function', 'dtypes', 'example', 'gradient', 'webgpu', 'NumPy', 'Theano', 'what it is']
  const lines = functions.map(rowText)
  const rule = columns.map(() => '---')
  return `## ${title.replace(/\.$/, '')}\n\n${[columns, rule, ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

function rowText({ name, doc }: Documented): string[] {
  const facts = factsOf(name)
  const [numpy, theano] = namesOf(name)
  const code = (text: string) => (text === '' ? '–' : `\`${text}\``)
  const found = facts ? [facts.dtypes, code(facts.example), facts.gradient, facts.webgpu] : ['', '', '', '']
  return [code(name), ...found, code(numpy), code(theano), sentence(doc).replaceAll('|', '\\|')]
}

function namesOf(name: string): readonly [string, string] {
  if (!(name in damo)) return ['', theanoNetworks[name] ?? '']
  const op = opBehind(name)
  const [numpy, theano] = otherNames[name] ?? [op?.numpy ?? snake(name), op?.theano ?? snake(name)]
  const without = withoutNumpy.has(name)
  return [without ? '' : inScipy.has(name) ? `scipy.special.${numpy}` : numpy, theano]
}
