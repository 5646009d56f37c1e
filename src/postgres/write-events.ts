import { KhataError } from '../model/error.ts'
import type { StoredEvent, StreamAppend } from '../ports/event-store.ts'
import { isUuid } from '../ports/is-uuid.ts'
import { bigintArray, integerArray, jsonArray, textArray, uuidArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import { kindOf } from './known.ts'
import { type Ledger, streamKey } from './ledger.ts'
import { versionIn } from './stream-versions.ts'

/** Refuses ids that the column cannot hold, before anything of the commit is taken. */
export function checkIds(appends: readonly StreamAppend[]): void {
  for (const { events } of appends) {
    for (const { id } of events) {
      if (!isUuid(id)) throw new KhataError('usage', `the id of an event is a UUID, not "${id}"`, null)
    }
  }
}

/** Takes one event at its place. The ledger's head moves to it. */
export function placeEvent(ledger: Ledger, event: StoredEvent): void {
  ledger.writes.events.push(event)
  ledger.versions.set(streamKey(event.category, event.streamId), event.version)
  ledger.head = event.position
  ledger.lastRecordedAt = event.recordedAt
}

/** Takes the events of a commit at the next positions and versions; returns each stream's version afterwards. */
export function placeEvents(ledger: Ledger, appends: readonly StreamAppend[], recordedAt: number): readonly number[] {
  for (const { category, streamId, events } of appends) {
    let version = versionIn(ledger, category, streamId)
    for (const event of events) {
      version++
      placeEvent(ledger, { ...event, category, streamId, version, recordedAt, position: ledger.head + 1 })
    }
  }
  return appends.map(({ category, streamId }) => versionIn(ledger, category, streamId))
}

/** The names of {@link columnsOf}, and how their parameters are written from `$1` on. */
export const givenColumns = `position, id, category, stream_id, type, schema_version, occurred_at, command_id, correlation_id,
    tags, metadata, data`
export const givenParameters = `$1::bigint[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::integer[], $7::bigint[],
    $8::text[], $9::text[], $10::json[], $11::json[], $12::json[]`

const insertEvents = `INSERT INTO khata.event (${givenColumns}, version, recorded_at)
  SELECT * FROM unnest(${givenParameters}, $13::bigint[], $14::bigint[])`
const insertTags = 'INSERT INTO khata.event_tag (tag, position) SELECT * FROM unnest($1::text[], $2::bigint[])'
const insertKinds = `INSERT INTO khata.event_kind (category, type) SELECT * FROM unnest($1::text[], $2::text[])
  ON CONFLICT DO NOTHING`

function tagsOf(event: StoredEvent): readonly string[] {
  return event.tags.length > 1 ? [...new Set(event.tags)] : event.tags
}

function tagText(event: StoredEvent): string | null {
  return event.tags.length === 0 ? null : JSON.stringify(tagsOf(event))
}

/** The columns that are the same however an event is placed, in the order of {@link givenColumns}. */
export function columnsOf(events: readonly StoredEvent[]): Buffer[] {
  return [
    bigintArray(events.map(({ position }) => position)),
    uuidArray(events.map(({ id }) => id)),
    textArray(events.map(({ category }) => category)),
    textArray(events.map(({ streamId }) => streamId)),
    textArray(events.map(({ type }) => type)),
    integerArray(events.map(({ schemaVersion }) => schemaVersion)),
    bigintArray(events.map(({ occurredAt }) => occurredAt)),
    textArray(events.map(({ commandId }) => commandId)),
    textArray(events.map(({ correlationId }) => correlationId)),
    jsonArray(events.map(tagText)),
    jsonArray(events.map(({ metadata }) => metadata)),
    jsonArray(events.map(({ data }) => data)),
  ]
}

/** The tags of events, each with its event's position; empty when they have none. */
export function tagColumns(events: readonly StoredEvent[]): Buffer[] {
  const flat = events.flatMap((event) => tagsOf(event).map((tag) => [tag, event.position] as const))
  if (flat.length === 0) return []
  return [textArray(flat.map(([tag]) => tag)), bigintArray(flat.map(([, position]) => position))]
}

function writeTags(connection: Connection, events: readonly StoredEvent[]): Promise<unknown>[] {
  const columns = tagColumns(events)
  return columns.length === 0 ? [] : [connection.query(insertTags, columns)]
}

/** Stores the kinds of events that are not known yet. */
export function writeKinds(
  connection: Connection,
  events: readonly StoredEvent[],
  known: ReadonlySet<string>,
): Promise<unknown>[] {
  const fresh = new Map<string, StoredEvent>()
  for (const event of events) {
    const kind = kindOf(event)
    if (!known.has(kind)) fresh.set(kind, event)
  }
  if (fresh.size === 0) return []
  const list = [...fresh.values()]
  const values = [textArray(list.map(({ category }) => category)), textArray(list.map(({ type }) => type))]
  return [connection.query(insertKinds, values)]
}

/** Stores the events that were taken at known places, with their tags and with kinds that are not in `kinds`. */
export function writeEvents(connection: Connection, ledger: Ledger, kinds: ReadonlySet<string>): Promise<unknown>[] {
  const { events } = ledger.writes
  if (events.length === 0) return []
  const values = [
    ...columnsOf(events),
    bigintArray(events.map(({ version }) => version)),
    bigintArray(events.map(({ recordedAt }) => recordedAt)),
  ]
  return [connection.query(insertEvents, values), ...writeTags(connection, events), ...writeKinds(connection, events, kinds)]
}
