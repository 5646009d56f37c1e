import type { UnboundedPage } from '../ports/bounded-pages.ts'
import type { LogRange, StoredEvent } from '../ports/event-store.ts'
import type { Connection } from './connection.ts'
import { parameters } from './document-filter.ts'
import { joined, positionsSql } from './event-query.ts'
import { type EventRow, eventColumns, toEvent } from './event-row.ts'

const headText = 'SELECT coalesce(max(position), 0) FROM khata.event'
/** Both bounds are near: without statistics, as after an import, a range that is open above is sorted as a whole. */
const forwardsText = `SELECT ${eventColumns} FROM khata.event e WHERE e.position > $1 AND e.position <= $2
  ORDER BY e.position LIMIT $3`
const backwardsText = `SELECT ${eventColumns} FROM khata.event e WHERE e.position > $1 AND e.position <= $2
  ORDER BY e.position DESC LIMIT $3`

/** Items of a query in one statement. */
const itemsPerStatement = 100
/** Queries with no more items, as boundaries have them, come in few shapes: their statements are kept. */
const keptItems = 2

interface Bounds {
  readonly after: number
  readonly upTo: number
}

/** Positions have no gaps: a page of the whole log is as many positions as it may have events. */
async function readAll(connection: Connection, { backwards, limit }: LogRange, bounds: Bounds): Promise<StoredEvent[]> {
  const { after, upTo } = bounds
  const values = backwards ? [Math.max(after, upTo - limit), upTo, limit] : [after, Math.min(upTo, after + limit), limit]
  const rows = await connection.query<EventRow>(backwards ? backwardsText : forwardsText, values)
  return rows.map(toEvent)
}

/** The events of some index ranges, merged by position. */
async function readMatching(connection: Connection, range: LogRange, bounds: Bounds): Promise<StoredEvent[]> {
  const query = joined(range.query ?? [])
  const direction = range.backwards ? 'DESC' : 'ASC'
  const pages: StoredEvent[] = []
  let statements = 0
  for (let first = 0; first < query.length; first += itemsPerStatement) {
    statements++
    const given = parameters()
    const [after, upTo] = [given.add(bounds.after, 'bigint'), given.add(bounds.upTo, 'bigint')]
    const limit = given.add(range.limit, 'bigint')
    const items = query.slice(first, first + itemsPerStatement)
    const places = positionsSql(given, items, { after, upTo, direction, limit })
    const text = `SELECT ${eventColumns}
      FROM (SELECT DISTINCT position FROM (${places}) AS found ORDER BY position ${direction} LIMIT ${limit}) AS place
      CROSS JOIN LATERAL (SELECT * FROM khata.event e WHERE e.position = place.position OFFSET 0) AS e
      ORDER BY place.position ${direction}`
    const ask = items.length <= keptItems ? connection.query : connection.once
    for (const row of await ask<EventRow>(text, given.values)) pages.push(toEvent(row))
  }
  return statements < 2 ? pages : merged(pages, range)
}

function merged(events: readonly StoredEvent[], { backwards, limit }: LogRange): StoredEvent[] {
  const byPosition = new Map(events.map((event) => [event.position, event]))
  const sign = backwards ? -1 : 1
  return [...byPosition.values()].sort((a, b) => sign * (a.position - b.position)).slice(0, limit)
}

/**
 * A page of the log. `scannedTo` is where to read on: forwards the position up to which everything was looked at,
 * backwards the one down to which; 1 when a backward reader is done.
 *
 * The head is read before the events; what a later snapshot shows beyond it is cut off or, in a page of the whole log,
 * follows without a gap.
 */
export async function readLog(connection: Connection, range: LogRange): Promise<UnboundedPage> {
  if (range.limit <= 0) return { events: [], scannedTo: range.after }
  if (range.backwards) return readBackwards(connection, range)
  return range.query ? readFound(connection, range) : readForwards(connection, range)
}

async function headOf(connection: Connection): Promise<number> {
  const [row] = await connection.query<[number]>(headText)
  return row?.[0] ?? 0
}

/** A page of the whole log: it has no gaps, so its last event says how far it goes. */
async function readForwards(connection: Connection, range: LogRange): Promise<UnboundedPage> {
  const events = await readAll(connection, range, { after: range.after, upTo: range.upTo ?? Number.MAX_SAFE_INTEGER })
  return { events, scannedTo: events.at(-1)?.position ?? range.after }
}

/** A page of what a query finds: head and events in one round trip, what came between the two is left for the next page. */
async function readFound(connection: Connection, range: LogRange): Promise<UnboundedPage> {
  const upTo = range.upTo ?? Number.MAX_SAFE_INTEGER
  if (range.after >= upTo) return { events: [], scannedTo: range.after }
  const [head, found] = await Promise.all([headOf(connection), readMatching(connection, range, { after: range.after, upTo })])
  const events = found.filter(({ position }) => position <= head)
  const last = events.at(-1)
  if (last && events.length >= range.limit) return { events, scannedTo: last.position }
  return { events, scannedTo: Math.max(Math.min(upTo, head), range.after) }
}

async function readBackwards(connection: Connection, range: LogRange): Promise<UnboundedPage> {
  const head = await headOf(connection)
  const top = Math.min(range.upTo ?? head, head)
  const bounds = { after: 0, upTo: range.after === 0 ? top : Math.min(top, range.after - 1) }
  if (bounds.upTo <= 0) return { events: [], scannedTo: Math.min(1, head) }
  const events = await (range.query ? readMatching : readAll)(connection, range, bounds)
  const last = events.at(-1)
  return { events, scannedTo: last && events.length >= range.limit ? last.position : Math.min(1, head) }
}
