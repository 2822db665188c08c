/**
 * What a careless user of untyped JavaScript does: every exported function, called with what does not belong there, gives a
 * result or a DamoError with a code, and never a TypeError out of damo's inside.
 */
import * as damo from 'damo'
import * as nn from 'damo/nn'
import * as op from 'damo/op'
import * as runtime from 'damo/runtime'
import * as testing from 'damo/testing'
import { describe, expect, test } from 'vitest'
import { registry } from '../../frontend/define.ts'

const entries = { damo, dims: damo.dims, nn, op, runtime, testing }

/** The functions of an entry; classes are not called. */
const functionsOf = (entry: object) =>
  Object.entries(entry).filter(([, f]) => typeof f === 'function' && !/^class\b/.test(String(f))) as [
    string,
    (...args: unknown[]) => unknown,
  ][]

const x = damo.matrix('x', { shape: [3, 3] })

const wrong: Readonly<Record<string, unknown>> = {
  nothing: undefined,
  null: null,
  'a bigint': 10n,
  'a number': 5,
  'a fraction': -1.5,
  NaN: Number.NaN,
  text: 'text',
  'a record': {},
  'a strange record': { a: 1 },
  'an empty list': [],
  'a list of null': [null],
  'a list of text': ['text'],
  'a ragged list': [[1], [2, 3]],
  'a function': () => 1,
  'a Map': new Map(),
  'a bool': true,
  'a tensor': x,
  'a list of tensors': [x],
  'a list of tensors of other ranks': [x, damo.vector('v')],
}

/** Argument lists with a wrong value in each place, and right ones elsewhere. */
const callsWith = (value: unknown): unknown[][] => [
  [value],
  [x, value],
  [value, x],
  [value, value],
  [x, x, value],
  [x, value, x],
  [[3, 3], value],
  ['n', value],
]

/** Entries of functions that build graphs: what they refuse names the function that was called, and the line. */
const building: readonly object[] = [damo, nn]

async function complaint(
  f: (...args: unknown[]) => unknown,
  args: unknown[],
  named?: RegExp,
): Promise<string | undefined> {
  try {
    await f(...args)
    return undefined
  } catch (error) {
    if (error instanceof damo.DamoError)
      return !named || named.test(error.message) ? undefined : `not of its name and line: ${error.message}`
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  }
}

describe.each(Object.entries(entries))('%s', (_, entry) => {
  test.each(functionsOf(entry))('%s', async (name, f) => {
    const complaints: string[] = []
    const named = building.includes(entry) && f !== damo.array ? new RegExp(`^${name}\\b[^]*at careless`) : undefined
    for (const [what, value] of Object.entries(wrong)) {
      for (const [i, args] of callsWith(value).entries()) {
        const found = await complaint(f, args, named)
        if (found) complaints.push(`${what} (${i}): ${found}`)
      }
    }
    expect(complaints).toEqual([])
  })
})

test('functions bear the names that they are exported by, which stacks and so messages know them by', () => {
  for (const entry of building) for (const [name, f] of functionsOf(entry)) expect(f.name, name).toBe(name)
})

describe('what damo exports', () => {
  const kinds = Object.entries(damo).filter(([, value]) => typeof value !== 'function')

  test('is functions, classes, the two marks of indexing and the functions of dims', () => {
    expect(kinds.map(([name]) => name).sort()).toEqual(['dims', 'ellipsis', 'newaxis'])
  })

  test('has no record of an op', () => {
    const records = new Set<unknown>(registry.values())
    for (const entry of Object.values(entries))
      expect(Object.entries(entry).flatMap(([name, value]) => (records.has(value) ? [name] : []))).toEqual([])
  })

  test('has no function that only rules and kernels call', () => {
    for (const internal of ['normalAxis', 'chosenUpTo', 'align', 'position', 'bitcastValue', 'reshapeTo', 'register'])
      expect(damo).not.toHaveProperty(internal)
  })
})
