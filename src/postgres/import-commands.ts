import type { RememberedCommand, RememberedRange } from '../ports/work-store.ts'
import { bigintArray, jsonArray, textArray } from './binary-arrays.ts'
import { receiptAt } from './command-keys.ts'
import type { Connection } from './connection.ts'

const read = `SELECT principal, command, key, input_hash, receipt, position, expires_at, recorded_at FROM khata.command
  WHERE tenant = '' AND (principal, command, key) > ($1, $2, $3) AND position BETWEEN $4 AND $5
  ORDER BY principal, command, key LIMIT $6`
const write = `INSERT INTO khata.command (principal, command, key, input_hash, receipt, position, expires_at, recorded_at)
  SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::json[], $6::bigint[], $7::bigint[], $8::bigint[])
  ON CONFLICT (tenant, principal, command, key) DO UPDATE SET
    input_hash = excluded.input_hash, receipt = excluded.receipt, position = excluded.position,
    recorded_at = excluded.recorded_at, expires_at = excluded.expires_at
  WHERE excluded.position >= khata.command.position`

type Row = [string, string, string, string, string, number, number | null, number]

/** Remembered commands with their keys, for a copy. */
export async function readRemembered(
  connection: Connection,
  { after, since, upTo, limit }: RememberedRange,
): Promise<RememberedCommand[]> {
  const { principal = '', command = '', key = '' } = after ?? {}
  const rows = await connection.query<Row>(read, [principal, command, key, since, upTo, limit])
  return rows.map(([principal, command, key, inputHash, receipt, position, expiresAt, recordedAt]) => ({
    principal,
    command,
    key,
    inputHash,
    receipt: receiptAt(receipt, position),
    expiresAt,
    recordedAt,
  }))
}

/** Remembers commands of another store, in one statement. */
export async function rememberCommands(connection: Connection, commands: readonly RememberedCommand[]): Promise<void> {
  await connection.query(write, [
    textArray(commands.map(({ principal }) => principal)),
    textArray(commands.map(({ command }) => command)),
    textArray(commands.map(({ key }) => key)),
    textArray(commands.map(({ inputHash }) => inputHash)),
    jsonArray(commands.map(({ receipt: { streams, events } }) => JSON.stringify({ streams, events }))),
    bigintArray(commands.map(({ receipt }) => receipt.position)),
    bigintArray(commands.map(({ expiresAt }) => expiresAt)),
    bigintArray(commands.map(({ recordedAt }) => recordedAt)),
  ])
}
