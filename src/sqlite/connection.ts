import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { KhataError } from '../model/error.ts'

/** How hard a commit is pushed to the disk; `full` is what durability asks for. */
export type Synchronous = 'full' | 'normal'

/** A connection with its prepared statements, which are kept by their text. */
export interface Connection {
  readonly db: DatabaseSync
  /** The prepared statement of a text; rows are arrays. */
  readonly sql: (text: string) => StatementSync
  close(): void
}

/** Statements kept per connection: queries with lists have a text for each length. */
const statementLimit = 400

function keepStatements(db: DatabaseSync): Connection {
  const kept = new Map<string, StatementSync>()
  const sql = (text: string): StatementSync => {
    const known = kept.get(text)
    if (known) return known
    const made = db.prepare(text)
    made.setReturnArrays(true)
    // FTS5 leaves row ids above 2^53 behind, and every later statement would fail at reporting the last one as a number.
    if (made.columns().length === 0) made.setReadBigInts(true)
    if (kept.size >= statementLimit) {
      for (const oldest of kept.keys()) {
        kept.delete(oldest)
        break
      }
    }
    kept.set(text, made)
    return made
  }
  const close = (): void => {
    kept.clear()
    db.close()
  }
  return { db, sql, close }
}

/** Milliseconds that opening, migrating and reading wait for a lock of another process. */
const openTimeoutMs = 20_000

/** Refuses a database that has tables but never was a store, before anything in it is changed. */
function refuseForeign(db: DatabaseSync): void {
  const ours = "SELECT count(*) AS tables, count(*) FILTER (WHERE name = 'migration') AS ours FROM sqlite_schema"
  const { tables, ours: known } = db.prepare(ours).get() as { tables: number; ours: number }
  if (tables === 0 || known > 0) return
  const what = 'the database belongs to another program'
  throw new KhataError('store-damaged', `${what}; choose another file`, { what })
}

/** Opens the connection that writes. The caller migrates it and then calls {@link waitBriefly}. */
export function connectWriter(location: string, synchronous: Synchronous): Connection {
  const db = new DatabaseSync(location, { timeout: openTimeoutMs, enableForeignKeyConstraints: true })
  try {
    refuseForeign(db)
    db.exec('PRAGMA journal_mode = WAL')
    db.exec(`PRAGMA synchronous = ${synchronous === 'full' ? 'FULL' : 'NORMAL'}`)
    if (process.platform === 'darwin') db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON')
    db.exec('PRAGMA recursive_triggers = ON; PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY')
    // Not more: a commit that split an index page looks at every page in the cache.
    db.exec('PRAGMA cache_size = -16384; PRAGMA journal_size_limit = 67108864; PRAGMA wal_autocheckpoint = 4000')
  } catch (error) {
    db.close()
    throw error
  }
  return keepStatements(db)
}

/**
 * From now on a locked database is reported after two milliseconds, so that the caller can ask again: SQLite's own
 * waiting backs off to 100 ms, in which a busy neighbour takes the lock again and again.
 */
export function waitBriefly(connection: Connection): void {
  connection.db.exec('PRAGMA busy_timeout = 2')
}

/** Opens a connection that only reads; the file must be there. */
export function connectReader(location: string): Connection {
  const db = new DatabaseSync(location, { readOnly: true, timeout: openTimeoutMs })
  db.exec('PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768; PRAGMA trusted_schema = OFF')
  return keepStatements(db)
}
