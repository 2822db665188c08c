/** How each public function is called: its parameters and the names of its options, with the defaults that the sources state. */
import ts from '@typescript/typescript6'
import { callsOf, checker, exported } from '../declared.ts'

/** As it is called: `norm(x, { ord, axis, keepdims = false })`; nothing for what is no function. */
export function signatureOf(name: string): string | undefined {
  const symbol = exported.get(name)
  const declaration = symbol?.valueDeclaration
  if (!declaration) return undefined
  const ways = callsOf(symbol).map(parametersOf)
  const longest = ways.reduce<Parameter[] | undefined>((a, b) => (a && a.length >= b.length ? a : b), undefined)
  if (!longest) return undefined
  const implementation = implementationOf(symbol)
  const defaults = defaultsOf(name, implementation?.getText() ?? '', declaration.getSourceFile().text)
  const initial = implementation?.parameters.map(parameter => parameter.initializer?.getText()) ?? []
  return `${name}(${longest.map((parameter, i) => parameterText(parameter, defaults, initial[i])).join(', ')})`
}

interface Parameter {
  name: string
  type: ts.Type
  isOptional: boolean
  isRest: boolean
}

/** The parameters of a way to call a function; those that a list of named ones stands for by themselves. */
function parametersOf(signature: ts.Signature): Parameter[] {
  return signature.parameters.flatMap((parameter): Parameter[] => {
    const declaration = parameter.valueDeclaration as ts.ParameterDeclaration
    const type = checker.getTypeOfSymbolAtLocation(parameter, declaration)
    const isOptional = declaration.questionToken !== undefined || declaration.initializer !== undefined
    const isRest = declaration.dotDotDotToken !== undefined
    const members = isRest && checker.isTupleType(type) ? (type as ts.TupleTypeReference).target : undefined
    const names = members?.labeledElementDeclarations
    if (!members || !names) return [{ name: parameter.name, type, isOptional, isRest }]
    return checker.getTypeArguments(type as ts.TupleTypeReference).map((each, i) => {
      const flags = members.elementFlags[i]!
      const is = (flag: ts.ElementFlags) => (flags & flag) !== 0
      const called = names[i]?.name.getText() ?? parameter.name
      return {
        name: called,
        type: each,
        isOptional: is(ts.ElementFlags.Optional),
        isRest: is(ts.ElementFlags.Variable),
      }
    })
  })
}

function parameterText(
  { name, type, isOptional, isRest }: Parameter,
  defaults: ReadonlyMap<string, string>,
  initial: string | undefined,
): string {
  if (isRest) return `...${name}`
  const options = optionsIn(type)
  if (options.size > 0) {
    const each = Array.from(options, ([option, symbol]) =>
      withDefault(option, defaults.get(option) ?? statedFor(symbol)),
    )
    return `{ ${each.join(', ')} }`
  }
  const value = initial === '{}' ? undefined : initial
  return isOptional && value === undefined ? `${name}?` : withDefault(name, value)
}

/** The default that the words about an option end with: `1 when absent`, where that is one value. */
function statedFor(option: ts.Symbol): string | undefined {
  const text = ts.displayPartsToString(option.getDocumentationComment(checker))
  const value = /(?:^|[\s`])(\d[\d.e-]*|'\w+'|true|false|float32)`?(?:, none,|,)? \(?when absent/.exec(text)?.[1]
  return value === 'float32' ? `'float32'` : value
}

const withDefault = (name: string, value: string | undefined) => (value === undefined ? name : `${name} = ${value}`)

/** The properties of records of options among what a parameter may be. */
function optionsIn(type: ts.Type): ReadonlyMap<string, ts.Symbol> {
  if (type.isUnionOrIntersection()) return new Map(type.types.flatMap(each => [...optionsIn(each)]))
  if (type.flags & ts.TypeFlags.TypeParameter) {
    const constraint = checker.getBaseConstraintOfType(type)
    return constraint && constraint !== type ? optionsIn(constraint) : new Map()
  }
  const isRecord = (type.flags & ts.TypeFlags.Object) !== 0 && type.getCallSignatures().length === 0
  if (!isRecord || checker.isArrayLikeType(type) || type.getNumberIndexType() || type.isClass()) return new Map()
  const { name } = type.aliasSymbol ?? type.symbol
  const properties = type.getProperties()
  const isOptions = properties.length > 0 && properties.every(property => !property.name.startsWith('__@'))
  return new Map(isOptions && !notOptions.has(name) ? properties.map(property => [property.name, property]) : [])
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
