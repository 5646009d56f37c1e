import type { EventLookup, Head, StoredEvent } from '../ports/event-store.ts'
import type { Connection } from './connection.ts'
import { type EventRow, eventColumns, toEvent } from './event-row.ts'

type Correlated = Extract<EventLookup, { readonly correlationId: string }>

/** Both sides are ranges of the index on correlations, which is in the order of positions. */
function lookUpCorrelated(connection: Connection, { correlationId, near, limit }: Correlated): readonly StoredEvent[] {
  const side = (range: string): StoredEvent[] => {
    const text = `SELECT ${eventColumns} FROM event WHERE correlation_id = ? AND position ${range} LIMIT ?`
    return (connection.sql(text).all(correlationId, near, limit) as unknown as EventRow[]).map(toEvent)
  }
  return [...side('<= ? ORDER BY position DESC').reverse(), ...side('> ? ORDER BY position')]
}

/** Events by an id, in the order of their positions. */
export function lookUp(connection: Connection, lookup: EventLookup): readonly StoredEvent[] {
  if ('correlationId' in lookup) return lookUpCorrelated(connection, lookup)
  const [condition, value] =
    'ids' in lookup
      ? (['id IN (SELECT value FROM json_each(?))', JSON.stringify(lookup.ids)] as const)
      : 'commandId' in lookup
        ? (['command_id = ?', lookup.commandId] as const)
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
