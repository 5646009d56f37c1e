import type { StoredEvent } from '../ports/event-store.ts'

/** The columns of an event in the order that {@link toEvent} expects. */
export const eventColumns = `event.position, event.id, event.category, event.stream_id, event.version, event.type,
  event.schema_version, event.data, event.metadata, event.tags, event.recorded_at, event.occurred_at, event.command_id,
  event.correlation_id`

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
