import type { StoredEvent, StreamRange } from '../ports/event-store.ts'
import type { Connection } from './connection.ts'
import { type EventRow, eventColumns, toEvent } from './event-row.ts'

// An event names the one before it in its stream; a stream is read from its end, or from the mark behind what is asked for.

/** An event of a stream, from which those before it are found. */
type Entry = readonly [version: number, position: number]
type Mark = readonly [version: number, position: number, recordedAt: number]

const endOf = `SELECT version, position FROM stream
  WHERE tenant = '' AND category = ? AND stream_id = ? AND position IS NOT NULL`
const markFrom = `SELECT mark.version, mark.position, event.recorded_at FROM stream_mark AS mark JOIN event USING (position)
  WHERE mark.tenant = '' AND mark.category = ? AND mark.stream_id = ? AND mark.version >= ? ORDER BY mark.version LIMIT 1`
const before = `WITH RECURSIVE place (position) AS (
    SELECT ? UNION ALL SELECT event.previous FROM place JOIN event USING (position) LIMIT ?)
  SELECT ${eventColumns} FROM place JOIN event USING (position) WHERE event.version <= ?`
const recordedBefore = `WITH RECURSIVE place (position) AS (
    SELECT ? UNION ALL SELECT event.previous FROM place JOIN event USING (position))
  SELECT event.version, event.position FROM place JOIN event USING (position) WHERE event.recorded_at <= ? LIMIT 1`

/** The first mark at or after a version. */
function mark(connection: Connection, { category, streamId }: StreamRange, version: number): Mark | undefined {
  return connection.sql(markFrom).get(category, streamId, version) as unknown as Mark | undefined
}

/** The last event that was recorded by a time: versions and times rise together, so the mark behind it is searched for. */
function endBy(connection: Connection, range: StreamRange, end: Entry, recordedBy: number): Entry | undefined {
  let low = 1
  let high = end[0] + 1
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    const found = mark(connection, range, middle)
    if (!found || found[2] > recordedBy) high = middle
    else low = found[0] + 1
  }
  const [, position] = mark(connection, range, low) ?? end
  return connection.sql(recordedBefore).get(position, recordedBy) as unknown as Entry | undefined
}

function lastEvent(connection: Connection, range: StreamRange): Entry | undefined {
  const end = connection.sql(endOf).get(range.category, range.streamId) as unknown as Entry | undefined
  return end && range.recordedBy !== undefined ? endBy(connection, range, end, range.recordedBy) : end
}

/** Events of one stream in order. */
export function readStream(connection: Connection, range: StreamRange): readonly StoredEvent[] {
  if (range.limit <= 0) return []
  const end = lastEvent(connection, range)
  if (!end) return []
  const { from, to = end[0], limit } = range
  const backwards = range.backwards === true
  const first = Math.max(1, from ?? 1)
  const highest = Math.min(end[0], backwards ? (from ?? end[0]) : Math.min(to, first + limit - 1))
  const lowest = backwards ? Math.max(1, highest - limit + 1) : first
  if (highest < lowest) return []
  const [version, position] = (highest < end[0] && mark(connection, range, highest)) || end
  const rows = connection.sql(before).all(position, version - lowest + 1, highest) as unknown as EventRow[]
  const events = rows.map(toEvent)
  return backwards ? events : events.reverse()
}
