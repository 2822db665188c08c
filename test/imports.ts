import { posix } from 'node:path'
import ts from '@typescript/typescript6'

/** One import or re-export of a source file. */
export interface Import {
  /** What stands between the quotes. */
  readonly specifier: string
  /** 1-based. */
  readonly line: number
  /** Erased when compiled: `import type`, or braces that hold types alone. */
  readonly typeOnly: boolean
  /** `import('...')`, evaluated when it is reached. */
  readonly dynamic: boolean
}

/** The imports of a TypeScript file, found by its syntax tree, so that text in strings and comments is not taken for one. */
export function importsOf(path: string, text: string): Import[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest)
  const lineOf = (node: ts.Node) => file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1
  const found: Import[] = []
  const pending: ts.Node[] = [file]
  for (let node = pending.pop(); node !== undefined; node = pending.pop()) {
    const specifier = specifierOf(node)
    if (specifier !== undefined) {
      found.push({ specifier, line: lineOf(node), typeOnly: isTypeOnly(node), dynamic: ts.isCallExpression(node) })
    }
    ts.forEachChild(node, child => {
      pending.push(child)
    })
  }
  return found.sort((a, b) => a.line - b.line)
}

/** The file that a relative import means, as a path from the same root as `importer`. */
export function resolveImport(importer: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(importer), specifier))
}

function specifierOf(node: ts.Node): string | undefined {
  const at =
    ts.isImportDeclaration(node) || ts.isExportDeclaration(node)
      ? node.moduleSpecifier
      : ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword
        ? node.arguments[0]
        : ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)
          ? node.argument.literal
          : undefined
  return at !== undefined && ts.isStringLiteralLike(at) ? at.text : undefined
}

function isTypeOnly(node: ts.Node): boolean {
  if (ts.isImportTypeNode(node)) return true
  if (ts.isExportDeclaration(node)) {
    const names =
      node.exportClause !== undefined && ts.isNamedExports(node.exportClause) ? node.exportClause.elements : []
    return node.isTypeOnly || (names.length > 0 && names.every(name => name.isTypeOnly))
  }
  if (!ts.isImportDeclaration(node) || node.importClause === undefined) return false
  const { isTypeOnly: whole, name, namedBindings } = node.importClause
  const names = namedBindings !== undefined && ts.isNamedImports(namedBindings) ? namedBindings.elements : []
  return whole || (name === undefined && names.length > 0 && names.every(each => each.isTypeOnly))
}
