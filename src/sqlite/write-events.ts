import type { NewEvent, StoredEvent, StreamAppend } from '../ports/event-store.ts'
import type { HeldVersion, Session } from './session.ts'

const insertEvent = `INSERT OR FAIL INTO event (position, id, category, stream_id, version, type, schema_version, recorded_at,
  occurred_at, command_id, correlation_id, tags, metadata, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
const insertTag = 'INSERT INTO event_tag (tag, position) VALUES (?, ?)'
const insertKind = 'INSERT OR IGNORE INTO event_kind (category, type) VALUES (?, ?)'

/** Where an event goes: after the session's head, at a version of a stream. */
export type Place = Pick<StoredEvent, 'category' | 'streamId' | 'version' | 'recordedAt'>

/** Writes one event at the next position with its tags, and notes its kind. The session's head moves to it. */
export function writeEvent(session: Session, event: NewEvent, { category, streamId, version, recordedAt }: Place): void {
  const position = session.head + 1
  const tags = event.tags.length > 1 ? [...new Set(event.tags)] : event.tags
  session
    .sql(insertEvent)
    .run(
      position,
      event.id,
      category,
      streamId,
      version,
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
  for (const tag of tags) session.sql(insertTag).run(tag, position)
  noteKind(session, category, event.type)
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

/** Writes the events of a commit at the next positions and at the versions after the given ones, which are moved. */
export function writeEvents(
  session: Session,
  appends: readonly StreamAppend[],
  versions: readonly HeldVersion[],
  recordedAt: number,
): void {
  for (let index = 0; index < appends.length; index++) {
    const { category, streamId, events } = appends[index] as StreamAppend
    const held = versions[index] as HeldVersion
    for (const event of events) writeEvent(session, event, { category, streamId, version: ++held.version, recordedAt })
  }
}
