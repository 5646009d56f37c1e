import type { CommandKey, CommitOutcome, StreamAppend } from '../ports/event-store.ts'
import type { StoredReceipt } from '../ports/work-store.ts'
import type { Session } from './session.ts'

const find = `SELECT input_hash, receipt, expires_at FROM command
  WHERE tenant = '' AND principal = ? AND command = ? AND key = ?`
const write = `INSERT INTO command (principal, command, key, input_hash, receipt, recorded_at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (tenant, principal, command, key) DO UPDATE SET
    input_hash = excluded.input_hash, receipt = excluded.receipt,
    recorded_at = excluded.recorded_at, expires_at = excluded.expires_at`
const forgetExpired = `DELETE FROM command WHERE (tenant, principal, command, key) IN (
  SELECT tenant, principal, command, key FROM command
  WHERE expires_at IS NOT NULL AND expires_at <= ? ORDER BY expires_at LIMIT 2)`

/** The answer to a command whose key was seen; null when it is new or its time is over. */
export function seenCommand(session: Session, key: CommandKey, now: number): CommitOutcome | null {
  const row = session.sql(find).get(key.principal, key.command, key.key) as unknown as
    | [inputHash: string, receipt: string, expiresAt: number | null]
    | undefined
  if (!row || (row[2] !== null && row[2] <= now)) return null
  if (row[0] !== key.inputHash) return { outcome: 'key-reused' }
  return { outcome: 'seen', receipt: JSON.parse(row[1]) as StoredReceipt }
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

/** Remembers a command, and forgets up to two whose time is over, so that the table does not grow for ever. */
export function writeCommand(
  session: Session,
  key: CommandKey,
  appends: readonly StreamAppend[],
  versions: readonly number[],
  position: number,
  recordedAt: number,
): void {
  const receipt = JSON.stringify(receiptOf(appends, versions, position))
  session.sql(write).run(key.principal, key.command, key.key, key.inputHash, receipt, recordedAt, key.expiresAt)
  session.sql(forgetExpired).run(recordedAt)
}
