import type { Connection } from './connection.ts'
import type { PostgresSettings } from './options.ts'

/** All of Khata's advisory locks: "kha" in ASCII. */
const lockClass = 0x6b6861

function keyOf(schema: string, purpose: string): number {
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(`${purpose} ${schema}`)) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash | 0
}

/** What a lock is for: `write` orders all commits of a store, `schema` whoever changes its tables. */
export type LockPurpose = 'write' | 'schema'

/** Settings of the transaction, and the lock; set one by one they would cost a commit more than its insert. */
const takeLock = `SELECT set_config('lock_timeout', $1, true), set_config('statement_timeout', $2, true),
    set_config('idle_in_transaction_session_timeout', $2, true), set_config('plan_cache_mode', 'force_generic_plan', true),
    set_config('synchronous_commit', coalesce(nullif(current_setting('synchronous_commit'), 'off'), 'on'), true),
    pg_advisory_xact_lock($3, $4)`

/**
 * Begins a transaction and takes a lock. The lock is a statement of its own: what comes after it reads a snapshot that was
 * taken when the lock was held. Whatever the database's defaults are, each statement sees what was committed before it,
 * and a commit is on disk before it is answered. Returns how many milliseconds the lock took.
 */
export async function beginLocked(connection: Connection, settings: PostgresSettings, purpose: LockPurpose): Promise<number> {
  const { schema, timeoutMs } = settings
  const values = [String(timeoutMs), String(2 * timeoutMs), lockClass, keyOf(schema, purpose)]
  const now = (): number => performance.now()
  const [from, to] = await Promise.all([
    connection.run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE').then(now),
    connection.query(takeLock, values).then(now),
  ])
  return to - from
}

const holders = `SELECT a.pid, a.usename, a.application_name, a.state,
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8, left(a.query, 80)
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.locktype = 'advisory' AND l.granted AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.classid = $1::bigint::oid AND l.objid = $2::bigint::oid`

type Holder = [pid: number, user: string, application: string, state: string, seconds: number, query: string]

/** Says who holds the write lock, for the message of a commit that did not get it. */
export async function describeHolder(connection: Connection, schema: string): Promise<string> {
  const rows = await connection.once<Holder>(holders, [lockClass, keyOf(schema, 'write') >>> 0])
  const [row] = rows
  if (!row) return 'nobody holds the write lock any more'
  const [pid, user, application, state, seconds, query] = row
  const who = `the server's process ${pid} (user ${user}, ${application === '' ? 'unnamed' : application}, ${state})`
  return `${who} has held the write lock for ${seconds.toFixed(1)} s; its statement: ${query.replaceAll(/\s+/g, ' ')}`
}
