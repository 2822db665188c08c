/** How each public function is called: its parameters and the names of its options, with the defaults that the sources state. */
import ts from '@typescript/typescript6'
import { callsOf, checker, exported } from '../declared.ts'

/** As it is called: `norm(x, { ord, axis, keepdims = false })`; nothing for what is no function. */
export function signatureOf(name: string): string | undefined {
  const symbol = exported.get(name)
  const declaration = symbol?.valueDeclaration
  if (!declaration) return undefined
  const longest = callsOf(symbol).reduce<ts.Signature | undefined>(
    (a, b) => (a && a.parameters.length >= b.parameters.length ? a : b),
    undefined,
  )
  if (!longest) return undefined
  const implementation = implementationOf(symbol)
  const defaults = defaultsOf(name, implementation?.getText() ?? '', declaration.getSourceFile().text)
  const initial = implementation?.parameters.map(parameter => parameter.initializer?.getText()) ?? []
  return `${name}(${longest.parameters.map((parameter, i) => parameterText(parameter, defaults, initial[i])).join(', ')})`
}

function parameterText(
  parameter: ts.Symbol,
  defaults: ReadonlyMap<string, string>,
  initial: string | undefined,
): string {
  const declaration = parameter.valueDeclaration as ts.ParameterDeclaration
  const options = optionsIn(checker.getTypeOfSymbolAtLocation(parameter, declaration))
  const isOptional = declaration.questionToken !== undefined || declaration.initializer !== undefined
  if (options.length > 0) return `{ ${options.map(option => withDefault(option, defaults.get(option))).join(', ')} }`
  if (declaration.dotDotDotToken) return `...${parameter.name}`
  const value = initial === '{}' ? undefined : initial
  return isOptional && value === undefined ? `${parameter.name}?` : withDefault(parameter.name, value)
}

const withDefault = (name: string, value: string | undefined) => (value === undefined ? name : `${name} = ${value}`)

/** Names of the properties of a record of options among what a parameter may be. */
function optionsIn(type: ts.Type): string[] {
  if (type.isUnionOrIntersection()) return [...new Set(type.types.flatMap(optionsIn))]
  if (type.flags & ts.TypeFlags.TypeParameter) {
    const constraint = checker.getBaseConstraintOfType(type)
    return constraint && constraint !== type ? optionsIn(constraint) : []
  }
  const isRecord = (type.flags & ts.TypeFlags.Object) !== 0 && type.getCallSignatures().length === 0
  if (!isRecord || checker.isArrayLikeType(type) || type.getNumberIndexType() || type.isClass()) return []
  const { name } = type.aliasSymbol ?? type.symbol
  const properties = type.getProperties()
  const isOptions = properties.length > 0 && properties.every(property => !property.name.startsWith('__@'))
  return isOptions && !notOptions.has(name) ? properties.map(property => property.name) : []
}

/** Records that are operands themselves. */
const notOptions = new Set(['Tensor', 'NDArray', 'Dim', 'Slice', 'Rng', 'Map', 'ReadonlyMap', 'Uint8ClampedArray'])

/** The function that runs: what overloads and types of constants stand for. */
function implementationOf(symbol: ts.Symbol): ts.FunctionDeclaration | ts.ArrowFunction | undefined {
  const declared = symbol.declarations?.find(
    (node): node is ts.FunctionDeclaration => ts.isFunctionDeclaration(node) && node.body !== undefined,
  )
  const value = symbol.valueDeclaration
  const initializer = value && ts.isVariableDeclaration(value) ? value.initializer : undefined
  return declared ?? (initializer && ts.isArrowFunction(initializer) ? initializer : undefined)
}

const reading = (caller: string) =>
  new RegExp(`const \\{([^}]*)\\} =\\s*(?:options|named|read)\\w*(?:<[^>]*>)?\\(\\s*${caller}`)

/** Defaults of options: what stands where their record is taken apart, in the function or where its name is passed on. */
function defaultsOf(name: string, own: string, file: string): Map<string, string> {
  const read = (reading('').exec(own) ?? reading(`'${name}'`).exec(file))?.[1] ?? ''
  const pairs = read.matchAll(/(\w+)(?:: \w+)? = ([^,]+?)\s*(?:,|$)/g)
  return new Map(Array.from(pairs, ([, key, value]) => [key!, value!.trim()] as const))
}
