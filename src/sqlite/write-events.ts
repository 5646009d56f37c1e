import type { NewEvent, StreamAppend } from '../ports/event-store.ts'
import type { HeldEnd, Session } from './session.ts'

const insertStream = "INSERT OR IGNORE INTO stream (tenant, category, stream_id, version) VALUES ('', ?, ?, 0)"
const insertEvent = `INSERT OR FAIL INTO event (position, id, category, stream_id, version, previous, type, schema_version,
  recorded_at, occurred_at, command_id, correlation_id, tags, metadata, data)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const insertMark = "INSERT INTO stream_mark (tenant, category, stream_id, version, position) VALUES ('', ?, ?, ?, ?)"
const insertTag = 'INSERT INTO event_tag (tag, position) VALUES (?, ?)'
const insertKind = 'INSERT OR IGNORE INTO event_kind (category, type) VALUES (?, ?)'

/** Every so many events of a stream there is a mark from which it can be read backwards. */
export const markDistance = 64

/** The stream that an event goes to, and when it is recorded. */
export interface Place {
  readonly category: string
  readonly streamId: string
  readonly recordedAt: number
}

/** Writes one event at the next position and version with its tags, and notes its kind. Session and stream move on. */
export function writeEvent(session: Session, event: NewEvent, { category, streamId, recordedAt }: Place, end: HeldEnd): void {
  const position = session.head + 1
  const version = end.version + 1
  const tags = event.tags.length > 1 ? [...new Set(event.tags)] : event.tags
  if (version === 1) session.sql(insertStream).run(category, streamId)
  session
    .sql(insertEvent)
    .run(
      position,
      event.id,
      category,
      streamId,
      version,
      end.position,
      event.type,
      event.schemaVersion,
      recordedAt,
      event.occurredAt,
      event.commandId,
      event.correlationId,
      tags.length === 0 ? null : JSON.stringify(tags),
      event.metadata,
      event.data,
    )
  if (version % markDistance === 0) session.sql(insertMark).run(category, streamId, version, position)
  for (const tag of tags) session.sql(insertTag).run(tag, position)
  noteKind(session, category, event.type)
  end.version = version
  end.position = position
  session.head = position
  session.lastRecordedAt = recordedAt
}

function noteKind(session: Session, category: string, type: string): void {
  const types = session.kinds.get(category)
  if (types?.has(type)) return
  session.sql(insertKind).run(category, type)
  if (types) types.add(type)
  else session.kinds.set(category, new Set([type]))
}

/** Writes the events of a commit at the next positions and behind the given ends of their streams, which are moved. */
export function writeEvents(
  session: Session,
  appends: readonly StreamAppend[],
  ends: readonly HeldEnd[],
  recordedAt: number,
): void {
  for (let index = 0; index < appends.length; index++) {
    const { category, streamId, events } = appends[index] as StreamAppend
    const place = { category, streamId, recordedAt }
    for (const event of events) writeEvent(session, event, place, ends[index] as HeldEnd)
  }
}
