import type { SQLInputValue } from 'node:sqlite'
import type { UnboundedPage } from '../ports/bounded-pages.ts'
import type { LogRange, StoredEvent } from '../ports/event-store.ts'
import type { Connection } from './connection.ts'
import { type Arm, compileQuery } from './event-query.ts'
import { type EventRow, eventColumns, toEvent } from './event-row.ts'

/** Index ranges in one statement; SQLite allows 500. */
const armsPerStatement = 200

/** Position of the last event. */
export function headPosition(connection: Connection): number {
  const [head] = connection.sql('SELECT coalesce(max(position), 0) FROM event').get() as unknown as [number]
  return head
}

function readRows(connection: Connection, text: string, values: readonly SQLInputValue[]): StoredEvent[] {
  const rows = connection.sql(text).all(...values) as unknown as EventRow[]
  return rows.map(toEvent)
}

/** The events of some index ranges, merged by position without sorting: each range is in order already. */
function readArms(connection: Connection, arms: readonly Arm[], backwards: boolean, limit: number): StoredEvent[] {
  const direction = backwards ? 'DESC' : 'ASC'
  const places = arms.map((arm) => arm.text).join(' UNION ')
  const text = `SELECT ${eventColumns} FROM (${places} ORDER BY 1 ${direction} LIMIT ?) AS place
    CROSS JOIN event ON event.position = place.position`
  const events = readRows(connection, text, [...arms.flatMap((arm) => arm.values), limit])
  // They come in order; asking SQLite for it would make it sort whole rows.
  return events.sort((a, b) => (backwards ? b.position - a.position : a.position - b.position))
}

function merged(pages: readonly StoredEvent[][], backwards: boolean, limit: number): StoredEvent[] {
  if (pages.length === 1) return pages[0] ?? []
  const byPosition = new Map(pages.flat().map((event) => [event.position, event]))
  const sign = backwards ? -1 : 1
  return [...byPosition.values()].sort((a, b) => sign * (a.position - b.position)).slice(0, limit)
}

/**
 * A page of the log. `scannedTo` is where to read on: forwards the position up to which everything was looked at,
 * backwards the one down to which; 1 when a backward reader is done.
 */
export function readLog(connection: Connection, range: LogRange): UnboundedPage {
  const backwards = range.backwards === true
  const head = headPosition(connection)
  const top = Math.min(range.upTo ?? head, head)
  const span = backwards
    ? { after: 0, upTo: range.after === 0 ? top : Math.min(top, range.after - 1) }
    : { after: range.after, upTo: top }
  const end = backwards ? Math.min(1, head) : Math.max(top, range.after)
  if (span.after >= span.upTo || range.limit <= 0) return { events: [], scannedTo: range.limit <= 0 ? range.after : end }

  const events = range.query
    ? readMatching(connection, range, span, backwards)
    : readRows(
        connection,
        `SELECT ${eventColumns} FROM event WHERE position > ? AND position <= ?
          ORDER BY position ${backwards ? 'DESC' : 'ASC'} LIMIT ?`,
        [span.after, span.upTo, range.limit],
      )
  const last = events.at(-1)
  return { events, scannedTo: last && events.length >= range.limit ? last.position : end }
}

function readMatching(
  connection: Connection,
  range: LogRange,
  span: { readonly after: number; readonly upTo: number },
  backwards: boolean,
): StoredEvent[] {
  const arms = compileQuery(connection, range.query ?? [], span)
  const pages: StoredEvent[][] = []
  for (let first = 0; first < arms.length; first += armsPerStatement) {
    pages.push(readArms(connection, arms.slice(first, first + armsPerStatement), backwards, range.limit))
  }
  return merged(pages, backwards, range.limit)
}
