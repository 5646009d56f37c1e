import type { StoredEvent } from '../ports/event-store.ts'

/** The columns of an event in the order that {@link toEvent} expects. */
export const eventColumns = `e.position, e.id, e.category, e.stream_id, e.version, e.type, e.schema_version, e.data, e.metadata,
  e.tags, e.recorded_at, e.occurred_at, e.command_id, e.correlation_id`

/** A row of {@link eventColumns}. */
export type EventRow = [
  position: number,
  id: string,
  category: string,
  streamId: string,
  version: number,
  type: string,
  schemaVersion: number,
  data: string,
  metadata: string,
  tags: string | null,
  recordedAt: number,
  occurredAt: number | null,
  commandId: string | null,
  correlationId: string | null,
]

const noTags: readonly string[] = Object.freeze([])

/** The event of a row. */
export function toEvent(row: EventRow): StoredEvent {
  return {
    position: row[0],
    id: row[1],
    category: row[2],
    streamId: row[3],
    version: row[4],
    type: row[5],
    schemaVersion: row[6],
    data: row[7],
    metadata: row[8],
    tags: row[9] === null ? noTags : (JSON.parse(row[9]) as string[]),
    recordedAt: row[10],
    occurredAt: row[11],
    commandId: row[12],
    correlationId: row[13],
  }
}
