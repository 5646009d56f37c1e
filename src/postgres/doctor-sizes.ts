import type { Examination, Finding, Measure } from '../ports/examination.ts'
import type { Connection } from './connection.ts'

const text = `SELECT c.relname, pg_table_size(c.oid), pg_indexes_size(c.oid), greatest(c.reltuples, 0)::float8,
    coalesce(s.n_dead_tup, 0), coalesce(s.n_live_tup, 0)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_stat_user_tables s ON s.relid = c.oid
  WHERE n.nspname = $1 AND c.relkind = 'r' ORDER BY pg_total_relation_size(c.oid) DESC`

type Row = [table: string, bytes: number, indexBytes: number, rows: number, dead: number, live: number]

/** Few dead rows cost nothing, however large their part. */
const deadLimit = 10_000
const deadPart = 0.2
/** Tables that are small by nature, however many events there are; a hundred bytes a row would be generous. */
const smallTables = new Set(['checkpoint', 'lease', 'generation', 'consumer', 'timer', 'ledger', 'event_kind'])
const smallTableBytes = 64 * 1024 * 1024

/** Examines tables and indexes: how large they are, and how much of that is dead. */
export async function examineSizes(connection: Connection, schema: string): Promise<Examination> {
  const measures: Measure[] = []
  const findings: Finding[] = []
  for (const [table, bytes, indexBytes, rows, dead, live] of await connection.once<Row>(text, [schema])) {
    measures.push(
      { about: 'size', name: table, value: bytes, unit: 'bytes' },
      { about: 'size', name: `${table}, indexes`, value: indexBytes, unit: 'bytes' },
      { about: 'rows', name: table, value: Math.max(rows, live), unit: 'rows' },
      { about: 'dead rows', name: table, value: dead, unit: 'rows' },
    )
    if (dead > deadLimit && dead > deadPart * live) {
      findings.push({
        weight: 'advice',
        about: 'bloat',
        found: `${schema}.${table} has ${dead} dead rows beside ${live} live ones.`,
        advice: `End transactions that are open for long, then run: VACUUM (ANALYZE) ${schema}.${table}`,
      })
    } else if (smallTables.has(table) && bytes > smallTableBytes) {
      findings.push({
        weight: 'advice',
        about: 'bloat',
        found: `${schema}.${table} takes ${Math.round(bytes / 1024 / 1024)} MiB and should be small: something held back its clearing.`,
        advice: `End transactions that are open for long, then, in a quiet moment, run: VACUUM (FULL, ANALYZE) ${schema}.${table}`,
      })
    }
  }
  return { measures, findings }
}
