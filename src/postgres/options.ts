import { KhataError } from '../model/error.ts'
import { longestTimerMs } from '../model/units.ts'
import type { EngineOptions, TablesOption } from '../ports/engine.ts'

/** How a PostgreSQL store is opened; all have defaults. */
export interface PostgresOptions extends EngineOptions {
  /**
   * URL of the server itself, when the store's goes through a pooler: `LISTEN` needs a session of its own. Without it, and
   * with `prepare: false`, commits of other processes are noticed by looking every 250 ms.
   */
  readonly direct?: string
  /** The schema that holds the tables. Default `khata`. */
  readonly schema?: string
  /** Connections for reading; one more writes and one listens. Default 4. */
  readonly poolSize?: number
  /**
   * `false` behind a pooler in transaction mode that knows no prepared statements, as PgBouncer before 1.21. Default true,
   * but false for a URL with `?pgbouncer=true`.
   */
  readonly prepare?: boolean
  /** How long a commit waits for the store's write lock, and a statement may take, in milliseconds. Default 15,000. */
  readonly timeoutMs?: number
}

/** Options with every default filled in, but those of {@link EngineOptions} that stay optional. */
export interface PostgresSettings {
  readonly url: string
  /** The server itself, for `LISTEN`; null: there is none. */
  readonly direct: string | null
  readonly schema: string
  readonly poolSize: number
  readonly prepare: boolean
  readonly timeoutMs: number
  readonly clock: (() => number) | null
  readonly tables: TablesOption
  readonly queueLimit: number
  readonly queueBytes: number
  /** Cuts all connections, also those that are being made, and lets none be made any more. */
  readonly cut: AbortController
}

const known = new Set(['clock', 'tables', 'queueLimit', 'queueBytes', 'direct', 'schema', 'poolSize', 'prepare', 'timeoutMs'])
const counts = ['queueLimit', 'queueBytes', 'poolSize', 'timeoutMs']

function wrong(setting: string, message: string): KhataError {
  return new KhataError('setting', message, { setting })
}

function checkUrl(setting: string, url: string): void {
  if (!URL.canParse(url) || !/^postgres(ql)?:$/.test(new URL(url).protocol)) {
    throw wrong(setting, `${setting} must be a URL like postgres://user:password@host:5432/database`)
  }
}

/**
 * Checks the URL and the options of a store and fills in the defaults.
 * @throws KhataError `setting`
 */
export function settingsOf(url: string, options: PostgresOptions): PostgresSettings {
  for (const [name, value] of Object.entries(options)) {
    if (!known.has(name)) throw wrong(name, `a PostgreSQL store has no option "${name}"; it has ${[...known].join(', ')}`)
    if (counts.includes(name) && value !== undefined && !(Number.isInteger(value) && value >= 1)) {
      throw wrong(name, `${name} is a whole number above zero`)
    }
    // A whole flight may take three times as long.
    if (name === 'timeoutMs' && value > longestTimerMs / 3)
      throw wrong(name, `${name} is at most ${Math.floor(longestTimerMs / 3)}`)
  }
  if (options.tables !== undefined && !['make', 'update', 'keep'].includes(options.tables)) {
    throw wrong('tables', 'tables is "make", "update" or "keep"')
  }
  checkUrl('store', url)
  if (options.direct !== undefined) checkUrl('direct', options.direct)
  const schema = options.schema ?? 'khata'
  if (!/^[a-z_][a-z0-9_]{0,39}$/.test(schema)) {
    throw wrong('schema', 'schema has at most 40 lower-case letters, digits and _, and does not begin with a digit')
  }
  const prepare = options.prepare ?? new URL(url).searchParams.get('pgbouncer') !== 'true'
  return {
    url,
    direct: options.direct ?? (prepare ? url : null),
    schema,
    poolSize: options.poolSize ?? 4,
    prepare,
    timeoutMs: options.timeoutMs ?? 15_000,
    clock: options.clock ?? null,
    tables: options.tables ?? 'make',
    queueLimit: options.queueLimit ?? 10_000,
    queueBytes: options.queueBytes ?? 64 * 1024 * 1024,
    cut: new AbortController(),
  }
}
