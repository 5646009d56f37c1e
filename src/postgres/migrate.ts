import { createHash, randomUUID } from 'node:crypto'
import { KhataError } from '../model/error.ts'
import { withoutSecrets } from '../model/without-secrets.ts'
import type { Connection } from './connection.ts'
import { lockNotAvailable, sqlState } from './failure.ts'
import { beginLocked, describeHolder } from './lock.ts'
import { migrations } from './migrations/index.ts'
import type { PostgresSettings } from './options.ts'

const record = `CREATE TABLE IF NOT EXISTS khata.migration (
  number integer PRIMARY KEY, name text NOT NULL, checksum text NOT NULL, applied_at bigint NOT NULL)`

function checksum(sql: string): string {
  return createHash('sha256').update(sql.replaceAll(/\s+/g, ' ').trim()).digest('hex')
}

async function isThere(connection: Connection): Promise<boolean> {
  const [found] = await connection.once<[string | null]>("SELECT to_regclass('khata.migration')::text")
  return found?.[0] != null
}

function noStore({ schema, url }: PostgresSettings): KhataError {
  const store = withoutSecrets(url)
  return new KhataError('store-unavailable', `There is no store in the schema "${schema}" of ${store}.`, { store })
}

/** @throws KhataError `store-unavailable` when the database has no store */
export async function checkThere(connection: Connection, settings: PostgresSettings): Promise<void> {
  if (!(await isThere(connection))) throw noStore(settings)
}

/** What the database says was applied; nothing in one without a record. */
async function applied(connection: Connection): Promise<readonly (readonly [number: number, checksum: string])[]> {
  if (!(await isThere(connection))) return []
  return connection.once<[number, string]>('SELECT number, checksum FROM khata.migration ORDER BY number')
}

/** Checks what was applied against what this release knows; returns how many steps there are. */
async function agreed(connection: Connection): Promise<number> {
  const found = await applied(connection)
  if (found.length > migrations.length) {
    const what = `the store was written by a newer release (schema ${found.length}, this one knows ${migrations.length}); update this one`
    throw new KhataError('store-newer', what, { found: found.length, known: migrations.length })
  }
  for (const [index, [number, sum]] of found.entries()) {
    const known = migrations[index]
    if (number !== index + 1 || !known || sum !== checksum(known.sql)) {
      const what = `migration ${index + 1} is not the one this release knows`
      throw new KhataError('store-damaged', `${what}; restore the database or use the release that made it`, { what })
    }
  }
  return found.length
}

/** @throws KhataError when what must be done to the tables may not be done */
function checkAllowed(found: number, settings: PostgresSettings): void {
  if (found === 0 && settings.tables !== 'make') throw noStore(settings)
  if (settings.tables === 'keep') {
    const what = `the store was made by an older release (schema ${found}, this one knows ${migrations.length}); "khata start" brings it up to date`
    throw new KhataError('store-older', what, { found, known: migrations.length })
  }
}

const insertStep = 'INSERT INTO khata.migration (number, name, checksum, applied_at) VALUES ($1, $2, $3, $4)'
const insertIdentity = `INSERT INTO khata.ledger (one, store_id, epoch, home, created_at) VALUES (1, $1, $2, $3, $4)
  ON CONFLICT DO NOTHING`

/**
 * Begins the transaction that changes tables. The time limits of commits are not for it: an index over millions of rows
 * takes what it takes, and would else be begun anew at every start.
 * @throws KhataError `store-unavailable` when another process is at it for longer than the lock is waited for
 */
async function beginChange(connection: Connection, settings: PostgresSettings): Promise<void> {
  try {
    await beginLocked(connection, settings, 'schema')
  } catch (error) {
    if (sqlState(error) !== lockNotAvailable) throw error
    await connection.run('ROLLBACK')
    const store = withoutSecrets(settings.url)
    const holder = await describeHolder(connection, settings, 'schema')
    const what = `${store}: another process is changing the tables; open the store again when it is done (${holder})`
    throw new KhataError('store-unavailable', what, { store }, { cause: error })
  }
  await connection.once("SELECT set_config('statement_timeout', '0', true)")
}

/**
 * Brings the schema up to date and makes the store's identity in one transaction under a lock, so that many processes may
 * open a new store at once.
 * @throws KhataError `store-newer`, `store-older`, `store-damaged`, `store-unavailable` when there is none and none may be made
 */
export async function migrate(connection: Connection, settings: PostgresSettings, home: string, now: number): Promise<void> {
  const found = await agreed(connection)
  if (found === migrations.length) return
  checkAllowed(found, settings)
  await beginChange(connection, settings)
  try {
    const [schema] = await connection.once('SELECT 1 FROM pg_namespace WHERE nspname = $1', [settings.schema])
    if (!schema) await connection.run(`CREATE SCHEMA "${settings.schema}"`)
    await connection.run(record)
    const done = await agreed(connection)
    for (const [index, step] of migrations.entries()) {
      if (index < done) continue
      await connection.run(step.sql)
      await connection.once(insertStep, [index + 1, step.name, checksum(step.sql), now])
    }
    await connection.once(insertIdentity, [randomUUID(), randomUUID(), home, now])
    await connection.run('COMMIT')
  } catch (error) {
    if (!connection.isLost()) await connection.run('ROLLBACK')
    throw error
  }
}
