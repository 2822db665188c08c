/** Results of which the editor knows no dtype or no rank are those listed here, each for its reason. */
import ts from '@typescript/typescript6'
import { expect, test } from 'vitest'
import { highestRank } from '../../frontend/rank.ts'
import { allTypes } from '../../frontend/type.ts'
import { callsOf, checker, exported } from '../declared.ts'

const ofAll = 'updates of a list of parameters, each of its own dtype and rank'

/** Why a result tells nothing of its dtype or rank, by the name of the function. */
const untold: Readonly<Record<string, string>> = {
  adadelta: ofAll,
  adagrad: ofAll,
  adam: ofAll,
  adamw: ofAll,
  momentum: ofAll,
  nesterov: ofAll,
  rewriteGraph: 'outputs of any graph',
  rmsprop: ofAll,
  sgd: ofAll,
  slice: 'bounds, which may be tensors',
}

/** Whether a type leaves open the dtype or rank of a tensor in it, up to three lists or records deep. */
function isOpen(type: ts.Type, depth = 3): boolean {
  const within = (each: ts.Type) => isOpen(each, depth - 1)
  if (type.isUnionOrIntersection()) return type.types.some(each => isOpen(each, depth))
  if (!(type.flags & ts.TypeFlags.Object)) return false
  const parameters = checker.getTypeArguments(type as ts.TypeReference)
  if (type.symbol?.name === 'Tensor') return isWhole(parameters[0]!, dtypes) || isWhole(parameters[1]!, ranks)
  if (depth === 0 || type.getCallSignatures().length > 0 || type.isClass()) return false
  if (checker.isArrayLikeType(type)) return parameters.some(within)
  return type.getProperties().some(property => within(checker.getTypeOfSymbol(property)))
}

const dtypes = allTypes.length
const ranks = highestRank + 1

/** A union of so many: all dtypes, or all ranks. What operands are still to decide is a union too, but not of literals. */
const isWhole = (type: ts.Type, members: number): boolean =>
  type.isUnion() && type.types.length === members && type.types.every(each => each.isLiteral())

test('functions tell dtype and rank of what they give, but for those with a reason', () => {
  const open = [...exported].filter(([, symbol]) => callsOf(symbol).some(call => isOpen(call.getReturnType())))
  expect(open.map(([name]) => name).sort()).toEqual(Object.keys(untold).sort())
})
