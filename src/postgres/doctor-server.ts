import type { Examination, Finding, Measure } from '../ports/examination.ts'
import type { Connection } from './connection.ts'

/** Settings that should be as they are here; `problem` when what was acknowledged may be lost otherwise. */
const wanted: Readonly<Record<string, { readonly value: string; readonly weight: Finding['weight']; readonly why: string }>> = {
  fsync: {
    value: 'on',
    weight: 'problem',
    why: 'after a crash of the machine the database may be beyond repair',
  },
  full_page_writes: {
    value: 'on',
    weight: 'problem',
    why: 'a power cut in the middle of a page leaves it half written',
  },
  zero_damaged_pages: { value: 'off', weight: 'problem', why: 'damaged pages are emptied without a word' },
  ignore_checksum_failure: { value: 'off', weight: 'problem', why: 'damaged pages are read as if they were sound' },
  autovacuum: { value: 'on', weight: 'problem', why: 'tables grow with dead rows, and in the end the server refuses to write' },
  synchronous_commit: {
    value: 'on',
    weight: 'advice',
    why: 'Khata makes its own commits durable in spite of `off`, but with `local` or `remote_write` a fail-over may lose acknowledged events',
  },
  data_checksums: { value: 'on', weight: 'advice', why: 'a page that the disk has damaged is not noticed' },
}

const change: Readonly<Record<string, string>> = {
  data_checksums: 'Stop the server and run pg_checksums --enable.',
}

const settingsText = 'SELECT name, setting FROM pg_settings WHERE name = ANY (string_to_array($1, $2))'
const serverText = `SELECT current_setting('server_version'), pg_is_in_recovery(), current_setting('max_connections')::int,
    (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'),
    (SELECT age(datfrozenxid)::int8 FROM pg_database WHERE datname = current_database()), pg_database_size(current_database())`
const archiverText = `SELECT last_failed_wal, last_failed_time::text FROM pg_stat_archiver
  WHERE last_failed_time > coalesce(last_archived_time, '-infinity')`

/** From here on the server prepares for the end of its transaction numbers; at two billion it refuses to write. */
const oldTransactions = 1_000_000_000

/** Examines settings, room for connections, and whether the server takes writes. */
export async function examineServer(connection: Connection): Promise<Examination> {
  type Server = [version: string, standby: boolean, limit: number, used: number, age: number, bytes: number]
  const [[version, standby, limit, used, age, bytes] = ['', false, 0, 0, 0, 0]] = await connection.once<Server>(serverText)
  const findings: Finding[] = []
  const measures: Measure[] = [
    { about: 'server', name: 'version', value: version },
    { about: 'server', name: 'database', value: bytes, unit: 'bytes' },
    { about: 'connections', name: 'used', value: used },
    { about: 'connections', name: 'limit', value: limit },
  ]
  for (const [name, setting] of await connection.once<[string, string]>(settingsText, [Object.keys(wanted).join(), ','])) {
    measures.push({ about: 'settings', name, value: setting })
    const rule = wanted[name]
    if (!rule || setting === rule.value || (name === 'synchronous_commit' && setting === 'remote_apply')) continue
    const advice = change[name] ?? `Run: ALTER SYSTEM SET ${name} = ${rule.value}; SELECT pg_reload_conf()`
    findings.push({ weight: rule.weight, about: 'settings', found: `${name} is ${setting}: ${rule.why}.`, advice })
  }
  if (standby) {
    const advice = 'Point KHATA_STORE at the primary; after a fail-over, promote this one.'
    findings.push({ weight: 'problem', about: 'server', found: 'The server is a standby: it only reads.', advice })
  }
  if (used > 0.8 * limit) {
    findings.push({
      weight: 'advice',
      about: 'connections',
      found: `${used} of ${limit} connections are used.`,
      advice: 'Put a pooler in front (with KHATA_STORE_DIRECT beside it), or raise max_connections.',
    })
  }
  if (age > oldTransactions) {
    findings.push({
      weight: 'problem',
      about: 'server',
      found: `The oldest transaction number is ${age} back; at two billion the server refuses to write.`,
      advice: 'End old transactions and replication slots, then run: VACUUM FREEZE',
    })
  }
  for (const [file, at] of await connection.once<[string, string]>(archiverText)) {
    findings.push({
      weight: 'problem',
      about: 'server',
      found: `Archiving has failed since ${at}, at ${file}: the backup has a hole and the disk fills.`,
      advice: 'Look at archive_command and at the server log.',
    })
  }
  return { measures, findings }
}
