import type { RememberedCommand, RememberedRange, StoredReceipt } from '../ports/work-store.ts'
import type { Connection } from './connection.ts'
import type { Session } from './session.ts'

const read = `SELECT principal, command, key, input_hash, receipt, expires_at, recorded_at FROM command
  WHERE tenant = '' AND (principal, command, key) > (?, ?, ?) AND json_extract(receipt, '$.position') BETWEEN ? AND ?
  ORDER BY principal, command, key LIMIT ?`
const write = `INSERT INTO command (principal, command, key, input_hash, receipt, recorded_at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, principal, command, key) DO UPDATE SET
    input_hash = excluded.input_hash, receipt = excluded.receipt,
    recorded_at = excluded.recorded_at, expires_at = excluded.expires_at
  WHERE json_extract(excluded.receipt, '$.position') >= json_extract(command.receipt, '$.position')`

type Row = [string, string, string, string, string, number | null, number]

/** Remembered commands with their keys, for a copy. */
export function readRemembered(connection: Connection, { after, since, upTo, limit }: RememberedRange): RememberedCommand[] {
  const { principal = '', command = '', key = '' } = after ?? {}
  const rows = connection.sql(read).all(principal, command, key, since, upTo, limit) as unknown as Row[]
  return rows.map(([principal, command, key, inputHash, receipt, expiresAt, recordedAt]) => ({
    principal,
    command,
    key,
    inputHash,
    receipt: JSON.parse(receipt) as StoredReceipt,
    expiresAt,
    recordedAt,
  }))
}

/** Remembers commands of another store. */
export function rememberCommands(session: Session, commands: readonly RememberedCommand[]): void {
  for (const { principal, command, key, inputHash, receipt, expiresAt, recordedAt } of commands) {
    session.sql(write).run(principal, command, key, inputHash, JSON.stringify(receipt), recordedAt, expiresAt)
  }
}
