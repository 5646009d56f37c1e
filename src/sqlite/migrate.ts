import { createHash, randomUUID } from 'node:crypto'
import { KhataError } from '../model/error.ts'
import type { TablesOption } from '../ports/engine.ts'
import type { Connection } from './connection.ts'
import { type Migration, migrations } from './migrations/index.ts'

const record = `CREATE TABLE IF NOT EXISTS migration (
  number INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL) STRICT`

function checksum(sql: string): string {
  return createHash('sha256').update(sql.replaceAll(/\s+/g, ' ').trim()).digest('hex')
}

/** What the file says was applied; nothing on a file without a record. */
function applied(connection: Connection): readonly { readonly number: number; readonly checksum: string }[] {
  const there = connection.db.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'migration'").get()
  if (!there) return []
  const rows = connection.db.prepare('SELECT number, checksum FROM migration ORDER BY number').all()
  return rows.map((row) => ({ number: Number(row['number']), checksum: String(row['checksum']) }))
}

/** Checks what was applied against what this release knows; returns how many steps there are. */
function agreed(connection: Connection, steps: readonly Migration[]): number {
  const found = applied(connection)
  if (found.length > steps.length) {
    const what = `the store was written by a newer release (schema ${found.length}, this one knows ${steps.length}); update this one`
    throw new KhataError('store-newer', what, { found: found.length, known: steps.length })
  }
  for (const [index, step] of found.entries()) {
    const known = steps[index]
    if (step.number !== index + 1 || !known || step.checksum !== checksum(known.sql)) {
      const what = `migration ${index + 1} is not the one this release knows`
      throw new KhataError('store-damaged', `${what}; restore the file or use the release that made it`, { what })
    }
  }
  return found.length
}

/** @throws KhataError when what must be done to the tables may not be done */
function checkAllowed(found: number, known: number, tables: TablesOption): void {
  if (tables === 'make' || found === known) return
  if (found === 0) throw new KhataError('store-damaged', 'the database has no tables', { what: 'the database has no tables' })
  if (tables === 'update') return
  const what = `the store was made by an older release (schema ${found}, this one knows ${known}); "khata start" brings it up to date`
  throw new KhataError('store-older', what, { found, known })
}

/**
 * Brings the schema up to date and makes the store's identity, under the write lock, so that several processes may open
 * a new file at once. `steps`: those of an older release make its schema.
 * @throws KhataError `store-newer`, `store-older`, `store-damaged`
 */
export function migrate(
  connection: Connection,
  home: string,
  now: number,
  tables: TablesOption = 'make',
  steps: readonly Migration[] = migrations,
): void {
  const found = agreed(connection, steps)
  checkAllowed(found, steps.length, tables)
  if (found === steps.length) return
  const { db } = connection
  db.exec('BEGIN IMMEDIATE')
  try {
    db.exec(record)
    for (const [index, step] of steps.entries()) {
      if (index < agreed(connection, steps)) continue
      db.exec(step.sql)
      const insert = db.prepare('INSERT INTO migration (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)')
      insert.run(index + 1, step.name, checksum(step.sql), now)
    }
    const identity = db.prepare('INSERT OR IGNORE INTO ledger (one, store_id, epoch, home, created_at) VALUES (1, ?, ?, ?, ?)')
    identity.run(randomUUID(), randomUUID(), home, now)
    db.exec('COMMIT')
  } catch (error) {
    if (db.isTransaction) db.exec('ROLLBACK')
    throw error
  }
}
