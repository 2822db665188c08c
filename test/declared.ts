/** What `damo` and `damo/nn` export, as the compiler sees it. */
import { join } from 'node:path'
import ts from '@typescript/typescript6'
import { root } from '../.tools/setup.mjs'

const entries = ['frontend/index.ts', 'frontend/nn/index.ts'].map(file => join(root, file))

/** Files as the compiler reads them with the settings of the repository, against the sources of damo. */
export function programOf(files: readonly string[]): ts.Program {
  const { config } = ts.readConfigFile(join(root, 'tsconfig.json'), ts.sys.readFile)
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files }, ts.sys, root)
  return ts.createProgram(files, options)
}

const program = programOf(entries)

export const checker: ts.TypeChecker = program.getTypeChecker()

/** Every export by name, where it is declared. */
export const exported: ReadonlyMap<string, ts.Symbol> = new Map(
  entries.flatMap(file =>
    checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!).map(symbol => {
      const isAlias = (symbol.flags & ts.SymbolFlags.Alias) !== 0
      return [symbol.name, isAlias ? checker.getAliasedSymbol(symbol) : symbol] as const
    }),
  ),
)

/** The ways to call an export: none where it is no function. */
export function callsOf(symbol: ts.Symbol): readonly ts.Signature[] {
  const { valueDeclaration } = symbol
  return valueDeclaration ? checker.getTypeOfSymbolAtLocation(symbol, valueDeclaration).getCallSignatures() : []
}
