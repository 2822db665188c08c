/** The page docs/ops.md, from the registry and the public functions. */
import * as damo from 'damo'
import { allTypes, promote } from '../../frontend/type.ts'
import { factsOf, opBehind } from './facts.ts'
import { inScipy, otherNames, snake, theanoNetworks, withoutNumpy } from './names.ts'
import { signatureOf } from './signatures.ts'
import { type Documented, type Section, sections, sentence } from './sources.ts'

const head = `# Ops

What declares tensors and differentiates them, every function of tensors in \`damo\`, and below those every function of
\`damo/nn\`. \`compile\`, \`evaluate\` and what prints graphs are in the README. Made from the registry of ops and from the sources by \`npm test -- docs -u\`.

- **function**: its parameters. In braces stand the names of options, which may all be left out unless the sentence says
  otherwise; \`=\` tells what they or a parameter are then, where that is one value, and \`?\` marks other parameters that may be left
  out. The first option may stand alone where it is a number or a list, as in \`sum(x, 1)\`.
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

const columnsOfOps = ['function', 'dtypes', 'example', 'gradient', 'webgpu', 'NumPy', 'Theano', 'what it is']
const columnsOfOthers = ['function', 'Theano', 'what it is']

function sectionText({ title, functions, declares }: Section): string {
  const columns = declares ? columnsOfOthers : columnsOfOps
  const lines = functions.map(declares ? shortRowText : rowText)
  const rule = columns.map(() => '---')
  return `## ${title.replace(/\.$/, '')}\n\n${[columns, rule, ...lines].map(cells => `| ${cells.join(' | ')} |`).join('\n')}\n`
}

const code = (text: string) => (text === '' ? '–' : `\`${text}\``)
const escaped = (text: string) => text.replaceAll('|', '\\|')
const callText = (name: string) => code(escaped(signatureOf(name) ?? name))

/** Of what is no op; all but dims have Theano's own names. */
const shortRowText = ({ name, doc }: Documented): string[] => [
  callText(name),
  code(name === 'dim' ? '' : name),
  escaped(sentence(doc)),
]

function rowText({ name, doc }: Documented): string[] {
  const facts = factsOf(name)
  const [numpy, theano] = namesOf(name)
  const found = facts ? [facts.dtypes, code(facts.example), facts.gradient, facts.webgpu] : ['–', '–', '–', '–']
  return [callText(name), ...found, code(numpy), code(theano), escaped(sentence(doc))]
}

function namesOf(name: string): readonly [string, string] {
  if (!(name in damo)) return ['', theanoNetworks[name] ?? '']
  const op = opBehind(name)
  const [numpy, theano] = otherNames[name] ?? [op?.numpy ?? snake(name), op?.theano ?? snake(name)]
  const without = withoutNumpy.has(name)
  return [without ? '' : inScipy.has(name) ? `scipy.special.${numpy}` : numpy, theano]
}
