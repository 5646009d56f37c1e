import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { v7 } from 'uuid'
import { type Balance, type Deposited, metadata } from '../shape.ts'

/** A row of the log, decoded. */
export interface RawEvent {
  readonly position: number
  readonly streamId: string
  readonly version: number
  readonly type: string
  readonly data: Deposited
  readonly metadata: object
}

interface Row {
  readonly position: number
  readonly stream_id: string
  readonly version: number
  readonly type: string
  readonly data: string
  readonly metadata: string
}

/** What one writes by hand with `node:sqlite`: a log with unique ids, a unique index as version check, a table of balances. */
export interface RawDatabase {
  readonly db: DatabaseSync
  /** Writes one event inside the caller's transaction and answers its version; throws when the version is not as expected. */
  insert(streamId: string, data: Deposited, expected: number | null): number
  /** Adds to a balance inside the caller's transaction. */
  upsert(streamId: string, by: Balance): void
  stream(streamId: string): readonly RawEvent[]
  page(after: number, limit: number): readonly RawEvent[]
  close(): void
}

/** Opens a file with the settings that Khata uses: WAL, every commit flushed, the same cache and checkpoint size. */
export function rawDatabase(file: string): RawDatabase {
  const db = new DatabaseSync(file)
  db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 4000')
  if (process.platform === 'darwin') db.exec('PRAGMA fullfsync = ON; PRAGMA checkpoint_fullfsync = ON')
  db.exec(`
    CREATE TABLE IF NOT EXISTS event (
      position INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, stream_id TEXT NOT NULL, version INTEGER NOT NULL, type TEXT NOT NULL,
      data TEXT NOT NULL, metadata TEXT NOT NULL, recorded_at INTEGER NOT NULL, UNIQUE (stream_id, version)
    );
    CREATE TABLE IF NOT EXISTS balance (id TEXT PRIMARY KEY, balance INTEGER NOT NULL, count INTEGER NOT NULL) WITHOUT ROWID;
    CREATE TABLE IF NOT EXISTS checkpoint (name TEXT PRIMARY KEY, position INTEGER NOT NULL) WITHOUT ROWID;
  `)
  const statements = prepare(db)
  return {
    db,
    insert: (streamId, data, expected) => {
      const at = (statements.version.get(streamId) as { version: number | null }).version ?? 0
      if (expected !== null && expected !== at) throw new Error(`expected version ${expected}, found ${at}`)
      const now = Date.now()
      statements.insert.run(v7(), streamId, at + 1, 'Deposited', JSON.stringify(data), JSON.stringify(metadata), now)
      return at + 1
    },
    upsert: (streamId, by) => void statements.upsert.run(streamId, by.balance, by.count),
    stream: (streamId) => (statements.stream.all(streamId) as unknown as Row[]).map(decode),
    page: (after, limit) => (statements.page.all(after, limit) as unknown as Row[]).map(decode),
    close: () => db.close(),
  }
}

function prepare(db: DatabaseSync): { readonly [K in 'version' | 'insert' | 'upsert' | 'stream' | 'page']: StatementSync } {
  const columns = 'position, stream_id, version, type, data, metadata'
  return {
    version: db.prepare('SELECT max(version) AS version FROM event WHERE stream_id = ?'),
    insert: db.prepare(
      'INSERT INTO event (id, stream_id, version, type, data, metadata, recorded_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    ),
    upsert: db.prepare(
      `INSERT INTO balance (id, balance, count) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET balance = balance + excluded.balance, count = count + excluded.count`,
    ),
    stream: db.prepare(`SELECT ${columns} FROM event WHERE stream_id = ? ORDER BY version`),
    page: db.prepare(`SELECT ${columns} FROM event WHERE position > ? ORDER BY position LIMIT ?`),
  }
}

function decode(row: Row): RawEvent {
  return {
    position: row.position,
    streamId: row.stream_id,
    version: row.version,
    type: row.type,
    data: JSON.parse(row.data) as Deposited,
    metadata: JSON.parse(row.metadata) as object,
  }
}

/** Fills a log with deposits on accounts in turn, in one transaction. */
export function fillRaw(
  database: RawDatabase,
  streamOf: (i: number) => string,
  dataOf: (stream: string) => Deposited,
  count: number,
): void {
  database.db.exec('BEGIN IMMEDIATE')
  for (let i = 0; i < count; i++) {
    const stream = streamOf(i)
    database.insert(stream, dataOf(stream), null)
  }
  database.db.exec('COMMIT')
}
