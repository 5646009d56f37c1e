import type { EventLookup, Head, StoredEvent } from '../ports/event-store.ts'
import type { Connection } from './connection.ts'
import { type EventRow, eventColumns, toEvent } from './event-row.ts'

/** Events by an id, in the order of their positions. */
export function lookUp(connection: Connection, lookup: EventLookup): readonly StoredEvent[] {
  const [condition, value] =
    'ids' in lookup
      ? (['id IN (SELECT value FROM json_each(?))', JSON.stringify(lookup.ids)] as const)
      : 'commandId' in lookup
        ? (['command_id = ?', lookup.commandId] as const)
        : 'correlationId' in lookup
          ? (['correlation_id = ?', lookup.correlationId] as const)
          : (['position = ?', lookup.position] as const)
  const rows = connection.sql(`SELECT ${eventColumns} FROM event WHERE ${condition} ORDER BY position`).all(value)
  return (rows as unknown as EventRow[]).map(toEvent)
}

/** The end of the log. */
export function readHead(connection: Connection): Head {
  const text = 'SELECT position, id, recorded_at FROM event ORDER BY position DESC LIMIT 1'
  const row = connection.sql(text).get() as unknown as [number, string, number] | undefined
  return row ? { position: row[0], eventId: row[1], recordedAt: row[2] } : { position: 0, eventId: null, recordedAt: 0 }
}
