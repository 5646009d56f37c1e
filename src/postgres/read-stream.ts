import type { StoredEvent, StreamRange } from '../ports/event-store.ts'
import type { Connection } from './connection.ts'
import { type EventRow, eventColumns, toEvent } from './event-row.ts'

const inStream = "e.tenant = '' AND e.category = $1 AND e.stream_id = $2"
const newest = `SELECT max(e.version) FROM khata.event e WHERE ${inStream}`
const timeOf = `SELECT e.recorded_at FROM khata.event e WHERE ${inStream} AND e.version = $3`

/** The last version of a stream that was recorded by a time: versions and times rise together, so it is searched for. */
async function versionBy(connection: Connection, range: StreamRange, recordedBy: number): Promise<number> {
  const { category, streamId } = range
  const [last] = await connection.query<[number | null]>(newest, [category, streamId])
  let low = 0
  let high = last?.[0] ?? 0
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    const [row] = await connection.query<[number]>(timeOf, [category, streamId, middle])
    if ((row?.[0] ?? Infinity) <= recordedBy) low = middle
    else high = middle - 1
  }
  return low
}

const read = (direction: 'ASC' | 'DESC'): string => `SELECT ${eventColumns} FROM khata.event e
  WHERE ${inStream} AND e.version >= $3 AND e.version <= $4 ORDER BY e.version ${direction} LIMIT $5`
const forwardsText = read('ASC')
const backwardsText = read('DESC')

/** Events of one stream in order. */
export async function readStream(connection: Connection, range: StreamRange): Promise<readonly StoredEvent[]> {
  if (range.limit <= 0) return []
  const backwards = range.backwards === true
  const bound = range.recordedBy === undefined ? Number.MAX_SAFE_INTEGER : await versionBy(connection, range, range.recordedBy)
  const lowest = backwards ? 1 : (range.from ?? 1)
  // Versions have no gaps: both bounds are near, so that no plan sorts the rest of a long stream for a page of it.
  const wanted = backwards ? range.from : Math.min(range.to ?? Number.MAX_SAFE_INTEGER, lowest + range.limit - 1)
  const highest = Math.min(bound, wanted ?? Number.MAX_SAFE_INTEGER)
  if (highest < lowest) return []
  const values = [range.category, range.streamId, lowest, highest, range.limit]
  const rows = await connection.query<EventRow>(backwards ? backwardsText : forwardsText, values)
  return rows.map(toEvent)
}
