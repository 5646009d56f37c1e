import { posix } from 'node:path'
import { type Source, withoutComments } from './sources.ts'

/** One import or re-export of a file. */
export interface Import {
  readonly from: string
  /** A path from the root for relative imports, otherwise the specifier as it is written. */
  readonly to: string
  readonly isRelative: boolean
  /** Gone at run time. */
  readonly isTypeOnly: boolean
  /** `import('…')`: evaluated when it is reached, not when the file is. */
  readonly isDynamic: boolean
}

const statement = /\b(import|export)\b(\s+type\b)?\s*(?:[\w*{}\s,$]+?\bfrom\s*)?(\()?\s*'([^'\n]+)'/g

/** The imports of a file. */
export function importsOf({ path, text }: Source): readonly Import[] {
  return [...withoutComments(text).matchAll(statement)]
    .filter(([whole, keyword]) => keyword === 'import' || /\bfrom\b/.test(whole))
    .map(([whole, , type, parenthesis, specifier = '']) => {
      const isRelative = specifier.startsWith('.')
      return {
        from: path,
        to: isRelative ? posix.join(posix.dirname(path), specifier) : specifier,
        isRelative,
        isTypeOnly: type !== undefined || importsOnlyTypes(whole),
        isDynamic: parenthesis !== undefined,
      }
    })
}

function importsOnlyTypes(statement: string): boolean {
  const names = /\{([^}]*)\}/.exec(statement)?.[1]
  if (names === undefined || /import\s+\w/.test(statement)) return false
  return names
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean)
    .every((name) => name.startsWith('type '))
}
