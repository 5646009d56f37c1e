import type { Connection } from './connection.ts'
import { onlyReads, sqlState } from './failure.ts'
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

const featureNotSupported = '0A000'

/** A standby calls a transaction that writes an unsupported feature. */
function refusedToBegin(error: Error): never {
  if (sqlState(error) !== featureNotSupported) throw error
  throw Object.assign(new Error(error.message, { cause: error }), { code: onlyReads })
}

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
    connection.run('BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE').then(now, refusedToBegin),
    connection.query(takeLock, values).then(now),
  ])
  return to - from
}

const lockNames = { write: 'the write lock', schema: 'the lock for changing tables' } as const

/**
 * Who holds one of the two locks, or a lock of a table that keeps commits from writing or waiting for it. Somebody who waits for
 * another is not to blame.
 */
const holders = `SELECT a.pid, a.usename, a.application_name, a.state,
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8, left(a.query, 80),
    CASE WHEN l.locktype = 'relation' THEN format('%s (%s)', l.relation::regclass, l.mode) END
  FROM pg_locks l JOIN pg_stat_activity a USING (pid)
  WHERE l.granted AND a.pid <> pg_backend_pid()
    AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND (l.locktype = 'advisory' AND l.classid = $1::bigint::oid AND l.objid = $2::bigint::oid
      OR l.locktype = 'relation' AND l.mode NOT IN ('AccessShareLock', 'ShareUpdateExclusiveLock')
        AND l.relation IN (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace($3) AND relkind = 'r'))
  ORDER BY cardinality(pg_blocking_pids(a.pid)) > 0, l.locktype, l.mode LIKE 'Row%', a.xact_start LIMIT 1`

type Holder = [
  pid: number,
  user: string,
  application: string,
  state: string,
  seconds: number,
  query: string,
  table: string | null,
]

/** Says what was not free and who holds it, for the message of whoever did not get the lock or what it needs besides. */
export async function describeHolder(
  connection: Connection,
  { schema, timeoutMs }: PostgresSettings,
  purpose: LockPurpose,
): Promise<string> {
  const [row] = await connection.once<Holder>(holders, [lockClass, keyOf(schema, purpose) >>> 0, schema])
  const notFree = (what: string): string => `${what} was not free within ${timeoutMs} ms`
  if (!row) return `${notFree(lockNames[purpose])}: nobody holds it any more`
  const [pid, user, application, state, seconds, query, table] = row
  const what = table ?? lockNames[purpose]
  const who = `the server's process ${pid} (user ${user}, ${application === '' ? 'unnamed' : application}, ${state})`
  return `${notFree(what)}: ${who} has held it for ${seconds.toFixed(1)} s; its statement: ${query.replaceAll(/\s+/g, ' ')}`
}
