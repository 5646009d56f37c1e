import { KhataError } from '../model/error.ts'
import type { EngineOptions } from '../ports/engine.ts'

/** How a SQLite store is opened; all have defaults. */
export interface SqliteOptions extends EngineOptions {
  /**
   * `full` (default): a commit is answered when it is on disk. `normal`: it may be lost when the machine, not the process,
   * dies; only for data that can be had again.
   */
  readonly synchronous?: 'full' | 'normal'
}

const known = new Set(['clock', 'tables', 'queueLimit', 'queueBytes', 'synchronous'])

function wrong(setting: string, message: string): KhataError {
  return new KhataError('setting', message, { setting })
}

/**
 * Checks the options of a store.
 * @throws KhataError `setting`
 */
export function checkOptions(options: SqliteOptions): void {
  for (const [name, value] of Object.entries(options)) {
    if (!known.has(name)) throw wrong(name, `a SQLite store has no option "${name}"; it has ${[...known].join(', ')}`)
    if ((name === 'queueLimit' || name === 'queueBytes') && !(Number.isInteger(value) && value >= 1)) {
      throw wrong(name, `${name} is a whole number above zero`)
    }
  }
  if (options.tables !== undefined && !['make', 'update', 'keep'].includes(options.tables)) {
    throw wrong('tables', 'tables is "make", "update" or "keep"')
  }
  if (options.synchronous !== undefined && !['full', 'normal'].includes(options.synchronous)) {
    throw wrong('synchronous', 'synchronous is "full" or "normal"')
  }
}
