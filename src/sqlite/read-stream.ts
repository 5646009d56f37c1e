import type { StoredEvent, StreamRange } from '../ports/event-store.ts'
import type { Connection } from './connection.ts'
import { type EventRow, eventColumns, toEvent } from './event-row.ts'

const inStream = "tenant = '' AND category = ? AND stream_id = ?"

/** The last version of a stream that was recorded by a time: versions and times rise together, so it is searched for. */
function versionBy(connection: Connection, range: StreamRange, recordedBy: number): number {
  const { category, streamId } = range
  const recordedAt = connection.sql(`SELECT recorded_at FROM event WHERE ${inStream} AND version = ?`)
  const newest = connection.sql(`SELECT max(version) FROM event WHERE ${inStream}`)
  const [last] = newest.get(category, streamId) as unknown as [number | null]
  let low = 0
  let high = last ?? 0
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const [time] = recordedAt.get(category, streamId, middle) as unknown as [number]
    if (time <= recordedBy) low = middle
    else high = middle - 1
  }
  return low
}

/** Events of one stream in order. */
export function readStream(connection: Connection, range: StreamRange): readonly StoredEvent[] {
  if (range.limit <= 0) return []
  const backwards = range.backwards === true
  const newest = range.recordedBy === undefined ? Number.MAX_SAFE_INTEGER : versionBy(connection, range, range.recordedBy)
  const lowest = backwards ? 1 : (range.from ?? 1)
  const highest = Math.min(newest, (backwards ? range.from : range.to) ?? Number.MAX_SAFE_INTEGER)
  if (highest < lowest) return []
  const text = `SELECT ${eventColumns} FROM event WHERE ${inStream} AND version >= ? AND version <= ?
    ORDER BY version ${backwards ? 'DESC' : 'ASC'} LIMIT ?`
  const rows = connection.sql(text).all(range.category, range.streamId, lowest, highest, range.limit)
  return (rows as unknown as EventRow[]).map(toEvent)
}
