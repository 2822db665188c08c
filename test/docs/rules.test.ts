/** docs/rules.md is what the rules say of themselves: a stale page fails. `npm test -- docs -u` writes it anew. */
import { expect, test } from 'vitest'
import { phases, type Rule } from '../../frontend/rule.ts'
import { rules } from '../../frontend/rules/index.ts'

const head = `# Rewrite rules

Every rule, in the order of trial. Made from \`frontend/rules/\` by \`npm test -- docs -u\`; \`test/laws/rules.test.ts\` proves each.
\`compile(f, { target, rules: { exclude: ['stability'] } })\` leaves rules out by name or tag, \`DAMO_TRACE=rules\` prints which fire
and where, and \`rewriteGraph(x)\` shows what becomes of a tensor.

- **canonical** rules bring graphs into one form, **stable** ones replace forms that overflow, underflow or cancel, **special** ones
  take what is cheaper. Later phases run the rules of the earlier ones too.
- **exact**: the same bits. **close**: within some units in the last place (4 unless said) where the left side is finite, zeros
  without their sign; *reordered* where sums are added up in another order. **stable**: the same function of real numbers, right
  also where the left side is not; where the left side is undefined, so is the right one.
- **pair**: both sides are graphs, the left one the pattern. **procedure**: a function that is proven on samples.
`

const contract = ({ holds, ulp, reorders }: Rule): string => {
  const how = [ulp === undefined ? '' : `${ulp} ulp`, reorders ? 'reordered' : ''].filter(text => text !== '')
  return how.length > 0 ? `${holds}: ${how.join(', ')}` : holds
}

const row = (rule: Rule): string =>
  `| ${[
    rule.name.replaceAll('|', '\\|'),
    contract(rule),
    rule.types?.every(dtype => dtype.startsWith('float')) ? 'floats' : rule.types ? 'integers' : 'all',
    rule.proof.kind === 'sides' ? 'pair' : 'procedure',
    (rule.tags ?? []).join(', '),
  ].join(' | ')} |`

function page(): string {
  const tables = phases.map(phase => {
    const own = rules.filter(rule => rule.phase === phase)
    return `## ${phase}\n\n| rule | holds | dtypes | proven as | tags |\n| --- | --- | --- | --- | --- |\n${own.map(row).join('\n')}\n`
  })
  return [head, ...tables].join('\n')
}

test('docs/rules.md is up to date', async () => {
  await expect(page()).toMatchFileSnapshot('../../docs/rules.md')
})

test('every rule has a phase of the page and a tag to be left out by', () => {
  expect(rules.filter(({ phase }) => !phases.includes(phase)).map(({ name }) => name)).toEqual([])
  expect(rules.filter(({ tags }) => !tags?.length).map(({ name }) => name)).toEqual([])
})
