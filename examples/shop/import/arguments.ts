import { basename, dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { ImportProblem } from './problem.ts'

/** How the importer is called. */
export const usage = 'Usage: npm run import:retail -- FILE.csv.gz [--store URL] [--refused FILE.csv]'

/** What the importer was asked to do. */
export interface Arguments {
  readonly file: string
  readonly store: string
  /** Where refused lines are written. */
  readonly refused: string
}

/**
 * Reads the command line; null when help is asked for.
 * @throws ImportProblem when something is missing or unknown
 */
export function argumentsOf(words: readonly string[]): Arguments | null {
  const { values, positionals } = parsed(words)
  if (values.help) return null
  const [file, ...more] = positionals
  if (file === undefined || file === '') throw new ImportProblem(`Which file? ${usage}`)
  if (more.length > 0) throw new ImportProblem(`One file at a time. ${usage}`)
  const store = values.store ?? 'sqlite:data/khata.db'
  return { file, store, refused: values.refused ?? besideStore(store, file) }
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { store: { type: 'string' }, refused: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (cause) {
    // Node's second sentence is about files whose names begin with a dash.
    const [why] = (cause as Error).message.split('. ')
    throw new ImportProblem(`${why}. ${usage}`, { cause })
  }
}

/** Beside the store if that is a file, for the folder of the input may be anybody's. */
function besideStore(store: string, file: string): string {
  const [, path] = /^sqlite:([^:].*)$/.exec(store) ?? []
  return join(path === undefined ? '.' : dirname(path), `${basename(file).replace(/(\.csv)?(\.gz)?$/, '')}.refused.csv`)
}
