import type { Examination, Finding, Measure } from '../ports/examination.ts'
import type { Connection } from './connection.ts'

/** Transactions of this database that are open for a minute or that somebody waits for. */
const backends = `SELECT a.pid, coalesce(a.usename, ''), a.application_name, coalesce(a.state, ''),
    extract(epoch FROM clock_timestamp() - a.xact_start)::float8, left(regexp_replace(a.query, '\\s+', ' ', 'g'), 80),
    (SELECT count(*) FROM pg_stat_activity w WHERE w.wait_event_type = 'Lock' AND a.pid = ANY (pg_blocking_pids(w.pid))
      AND clock_timestamp() - w.query_start > interval '1 second')
  FROM pg_stat_activity a
  WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.xact_start IS NOT NULL
  ORDER BY a.xact_start`
const prepared = `SELECT gid, extract(epoch FROM clock_timestamp() - prepared)::float8 FROM pg_prepared_xacts
  WHERE database = current_database() AND clock_timestamp() - prepared > interval '5 minutes'`
const slots = `SELECT slot_name, coalesce(pg_wal_lsn_diff(
    CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, restart_lsn), 0)::float8
  FROM pg_replication_slots WHERE NOT active`

type Backend = [pid: number, user: string, application: string, state: string, seconds: number, query: string, waiting: number]

const idleSeconds = 60
const longSeconds = 600

/** Examines who holds what: blocking, idle and long-running transactions, and what keeps old rows and logs from going. */
export async function examineActivity(connection: Connection): Promise<Examination> {
  const findings: Finding[] = []
  const rows = await connection.once<Backend>(backends)
  for (const [pid, user, application, state, seconds, query, waiting] of rows) {
    const who = `Backend ${pid} (${user}, ${application === '' ? 'unnamed' : application}, ${state})`
    const idle = state.startsWith('idle in transaction')
    const end = `If nobody needs it, run: SELECT pg_terminate_backend(${pid})`
    if (waiting > 0) {
      const found = `${who} blocks ${waiting} others; in its transaction for ${Math.round(seconds)} s; its statement: ${query}`
      findings.push({ weight: 'problem', about: 'blocking', found, advice: end })
    } else if (idle && seconds > idleSeconds) {
      findings.push({
        weight: 'problem',
        about: 'transactions',
        found: `${who} has left its transaction open for ${Math.round(seconds)} s; its last statement: ${query}`,
        advice: `Dead rows cannot go while it is open. ${end}; and set idle_in_transaction_session_timeout`,
      })
    } else if (!idle && seconds > longSeconds) {
      const found = `${who} has run for ${Math.round(seconds)} s: ${query}`
      findings.push({ weight: 'advice', about: 'transactions', found, advice: `Dead rows cannot go while it runs. ${end}` })
    }
  }
  for (const [name, seconds] of await connection.once<[string, number]>(prepared)) {
    findings.push({
      weight: 'problem',
      about: 'transactions',
      found: `The prepared transaction "${name}" was left open ${Math.round(seconds)} s ago.`,
      advice: `Run COMMIT PREPARED or ROLLBACK PREPARED '${name}'`,
    })
  }
  for (const [name, bytes] of await connection.once<[string, number]>(slots)) {
    findings.push({
      weight: 'problem',
      about: 'replication',
      found: `Nobody reads the replication slot "${name}"; it keeps ${Math.round(bytes / 1024 / 1024)} MiB of logs.`,
      advice: `Start its reader, or run: SELECT pg_drop_replication_slot('${name}')`,
    })
  }
  const longest = Math.max(0, ...rows.map(([, , , , seconds]) => seconds))
  const measures: Measure[] = [
    { about: 'transactions', name: 'open', value: rows.length },
    { about: 'transactions', name: 'longest', value: Math.round(longest * 1000), unit: 'ms' },
  ]
  return { measures, findings }
}
