import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'

/** The folder of the repository. */
export const root = resolve(import.meta.dirname, '../..')

/** A text file of the repository. */
export interface Source {
  /** From the root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/** The paths of all files that are in the repository or about to be: what git knows or would not ignore. */
export function repositoryPaths(): readonly string[] {
  const output = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z'], { cwd: root })
  const paths = output.toString().split('\0').filter(Boolean)
  return [...new Set(paths)].filter((path) => existsSync(resolve(root, path))).sort()
}

/** Reads the files whose paths match. */
export function sourcesMatching(pattern: RegExp): readonly Source[] {
  return repositoryPaths()
    .filter((path) => pattern.test(path))
    .map((path) => ({ path, text: readFileSync(resolve(root, path), 'utf8') }))
}

/** Whether a file exists only for tests: it is held to the rules of style but not to those of rooms. */
export function isTestFile(path: string): boolean {
  return /\.(test|fixture)\.ts$/.test(path) || path.startsWith('test/')
}

/** Program text without comments; line breaks stay where they were. */
export function withoutComments(text: string): string {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ''))
    .replace(/^\s*\/\/.*$|(?<=[\s;{}()])\/\/ .*$/gm, '')
}
