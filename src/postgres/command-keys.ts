import type { CommandKey, CommitOutcome, StreamAppend } from '../ports/event-store.ts'
import type { StoredReceipt } from '../ports/work-store.ts'
import { actualPosition, headBefore, timeOr } from './assumed-places.ts'
import { bigintArray, jsonArray, textArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import { type CommandWrite, commandKey, type Ledger, type StoredCommand } from './ledger.ts'

const read = `SELECT c.principal, c.command, c.key, c.input_hash, c.receipt, c.position, c.expires_at
  FROM unnest($1::text[], $2::text[], $3::text[]) AS k (principal, command, key)
  CROSS JOIN LATERAL (
    SELECT * FROM khata.command c
    WHERE c.tenant = '' AND c.principal = k.principal AND c.command = k.command AND c.key = k.key OFFSET 0) AS c`

/** A receipt as it is stored: its position has a column of its own. */
export function receiptAt(text: string, position: number): StoredReceipt {
  const { streams, events } = JSON.parse(text) as Omit<StoredReceipt, 'position'>
  return { streams, position, events }
}

/** What is remembered of some commands, by {@link commandKey}. */
export async function readCommands(
  connection: Connection,
  keys: ReadonlyMap<string, CommandKey>,
): Promise<Map<string, StoredCommand>> {
  if (keys.size === 0) return new Map()
  const list = [...keys.values()]
  const rows = await connection.query<[string, string, string, string, string, number, number | null]>(read, [
    textArray(list.map(({ principal }) => principal)),
    textArray(list.map(({ command }) => command)),
    textArray(list.map(({ key }) => key)),
  ])
  return new Map(
    rows.map(([principal, command, key, inputHash, receipt, position, expiresAt]) => [
      commandKey({ principal, command, key }),
      { inputHash, receipt: receiptAt(receipt, position), expiresAt },
    ]),
  )
}

/** The answer to a command whose key was seen; null when it is new or its time is over. */
export function seenCommand(ledger: Ledger, key: CommandKey): CommitOutcome | null {
  const stored = ledger.commands.get(commandKey(key))
  if (!stored || (stored.expiresAt !== null && stored.expiresAt <= (ledger.facts.now ?? 0))) return null
  if (stored.inputHash !== key.inputHash) return { outcome: 'key-reused' }
  return { outcome: 'seen', receipt: stored.receipt }
}

/**
 * The receipt that is remembered: the streams that were written and the first one named, which is the command's own
 * also when nothing was written.
 */
function receiptOf(appends: readonly StreamAppend[], versions: readonly number[], position: number): StoredReceipt {
  const streams: { category: string; streamId: string; version: number }[] = []
  for (const [index, { category, streamId, events }] of appends.entries()) {
    if (index > 0 && events.length === 0) continue
    if (streams.some((stream) => stream.category === category && stream.streamId === streamId)) continue
    streams.push({ category, streamId, version: versions[index] ?? 0 })
  }
  const events = appends.flatMap((append) => append.events.map(({ id, type }) => ({ id, type })))
  return { streams, position, events }
}

/** Remembers a command with its receipt. */
export function rememberCommand(
  ledger: Ledger,
  key: CommandKey,
  appends: readonly StreamAppend[],
  versions: readonly number[],
): void {
  const { principal, command, key: name, inputHash, expiresAt } = key
  const receipt = receiptOf(appends, versions, ledger.head)
  const write: CommandWrite = { principal, command, key: name, inputHash, receipt, expiresAt }
  ledger.commands.set(commandKey(key), write)
  ledger.writes.commands.set(commandKey(key), write)
}

const write = `INSERT INTO khata.command (principal, command, key, input_hash, receipt, position, expires_at, recorded_at)
  SELECT g.principal, g.command, g.key, g.input_hash, g.receipt, ${actualPosition('g.position')}, g.expires_at, ${timeOr('$9')}
  FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::json[], $6::bigint[], $7::bigint[])
    AS g (principal, command, key, input_hash, receipt, position, expires_at)
  CROSS JOIN ${headBefore('$8')}
  ON CONFLICT (tenant, principal, command, key) DO UPDATE SET
    input_hash = excluded.input_hash, receipt = excluded.receipt, position = excluded.position,
    recorded_at = excluded.recorded_at, expires_at = excluded.expires_at`
const forgetExpired = `DELETE FROM khata.command WHERE (tenant, principal, command, key) IN (
  SELECT tenant, principal, command, key FROM khata.command
  WHERE expires_at IS NOT NULL AND expires_at <= ${timeOr('$1')} ORDER BY expires_at LIMIT $2)`

/** Stores remembered commands, and forgets up to twice as many whose time is over, so that the table does not grow for ever. */
export function writeCommands(connection: Connection, ledger: Ledger): Promise<unknown>[] {
  const list = [...ledger.writes.commands.values()]
  if (list.length === 0) return []
  const values = [
    textArray(list.map(({ principal }) => principal)),
    textArray(list.map(({ command }) => command)),
    textArray(list.map(({ key }) => key)),
    textArray(list.map(({ inputHash }) => inputHash)),
    jsonArray(list.map(({ receipt: { streams, events } }) => JSON.stringify({ streams, events }))),
    bigintArray(list.map(({ receipt }) => receipt.position)),
    bigintArray(list.map(({ expiresAt }) => expiresAt)),
    ledger.writes.events.length,
    ledger.facts.now,
  ]
  const sent = [connection.query(write, values)]
  if (list.some(({ expiresAt }) => expiresAt !== null)) {
    sent.push(connection.query(forgetExpired, [ledger.facts.now, 2 * list.length]))
  }
  return sent
}
