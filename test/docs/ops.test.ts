/** docs/ops.md is what the registry and the sources say: stale pages fail. `npm test -- docs -u` writes them anew. */
import * as damo from 'damo'
import * as nn from 'damo/nn'
import { expect, test } from 'vitest'
import { factsOf } from './facts.ts'
import { otherNames, theanoNetworks } from './names.ts'
import { opsPage } from './page.ts'
import { signatureOf } from './signatures.ts'
import { sections, undocumented } from './sources.ts'

const ops = sections().filter(({ declares }) => !declares)
const names = sections().flatMap(({ functions }) => functions.map(({ name }) => name))

test('docs/ops.md is up to date', async () => {
  await expect(opsPage()).toMatchFileSnapshot('../../docs/ops.md')
})

test('every public function of tensors stands there once', () => {
  expect(undocumented()).toEqual([])
  expect(new Set(names).size).toBe(names.length)
  expect(names.length).toBeGreaterThan(150)
})

test('every public function of networks stands there too', () => {
  const functions = Object.entries(nn).filter(([, f]) => typeof f === 'function' && !/^class\b/.test(String(f)))
  expect(functions.map(([name]) => name).filter(name => !names.includes(name))).toEqual([])
})

test('what declares and differentiates stands there, and how it is called', () => {
  expect(names).toEqual(expect.arrayContaining(['matrix', 'tensor7', 'shared', 'constant', 'grad', 'Rop', 'hessian']))
  expect(names.filter(name => !signatureOf(name)?.startsWith(`${name}(`))).toEqual([])
  expect(signatureOf('norm')).toBe('norm(x, { ord, axis, keepdims = false })')
})

test('names elsewhere are of functions that there are', () => {
  expect(Object.keys(theanoNetworks).filter(name => !(name in nn))).toEqual([])
  expect(Object.keys(otherNames).filter(name => !(name in damo))).toEqual([])
})

/** Functions of functions, of indices and of other things than tensors. */
const notApplied = [
  ...['foldl', 'foldr', 'map', 'reduce', 'scan'],
  ...['sgd', 'momentum', 'nesterov', 'adagrad', 'rmsprop', 'adadelta', 'adam', 'adamw'],
  ...[
    'uniform',
    'normal',
    'glorotUniform',
    'glorotNormal',
    'heUniform',
    'heNormal',
    'lecunUniform',
    'lecunNormal',
    'rng',
  ],
]

test('each says what it does with some operands', () => {
  const applied = ops.flatMap(({ functions }) => functions.map(({ name }) => name))
  expect(applied.filter(name => !factsOf(name) && !notApplied.includes(name))).toEqual([])
})
