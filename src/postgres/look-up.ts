import type { EventLookup, Head, StoredEvent } from '../ports/event-store.ts'
import { isUuid } from '../ports/is-uuid.ts'
import { uuidArray } from './binary-arrays.ts'
import type { Connection, Value } from './connection.ts'
import { type EventRow, eventColumns, toEvent } from './event-row.ts'

type Correlated = Extract<EventLookup, { readonly correlationId: string }>

function conditionOf(lookup: Exclude<EventLookup, Correlated>): readonly [text: string, value: Value] {
  if ('ids' in lookup) return ['e.id = ANY ($1::uuid[])', uuidArray(lookup.ids.filter(isUuid))]
  if ('commandId' in lookup) return ['e.command_id = $1', lookup.commandId]
  return ['e.position = $1', lookup.position]
}

// Below, `+ 0` keeps the planner from walking the log in order to save the sorting.

async function lookUpCorrelated(connection: Connection, lookup: Correlated): Promise<readonly StoredEvent[]> {
  const side = (range: string): Promise<EventRow[]> => {
    const text = `SELECT ${eventColumns} FROM khata.event e WHERE e.correlation_id = $1 AND e.position ${range} LIMIT $3`
    return connection.query<EventRow>(text, [lookup.correlationId, lookup.near, lookup.limit])
  }
  const [earlier, later] = await Promise.all([side('<= $2 ORDER BY e.position + 0 DESC'), side('> $2 ORDER BY e.position + 0')])
  return [...earlier.reverse(), ...later].map(toEvent)
}

/** Events by an id, in the order of their positions. */
export async function lookUp(connection: Connection, lookup: EventLookup): Promise<readonly StoredEvent[]> {
  if ('correlationId' in lookup) return lookUpCorrelated(connection, lookup)
  const [condition, value] = conditionOf(lookup)
  const text = `SELECT ${eventColumns} FROM khata.event e WHERE ${condition} ORDER BY e.position + 0`
  return (await connection.query<EventRow>(text, [value])).map(toEvent)
}

const headText = 'SELECT position, id, recorded_at FROM khata.event ORDER BY position DESC LIMIT 1'

/** The end of the log. */
export async function readHead(connection: Connection): Promise<Head> {
  const [row] = await connection.query<[number, string, number]>(headText)
  return row ? { position: row[0], eventId: row[1], recordedAt: row[2] } : { position: 0, eventId: null, recordedAt: 0 }
}
