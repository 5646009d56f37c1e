import type { EventElsewhere } from '../model/decision.ts'
import { KhataError } from '../model/error.ts'
import type { EventMetadata, RecordedEvent } from '../model/recorded-event.ts'
import { type Moment, momentFrom } from '../model/timestamp.ts'
import type { Timestamp, Version } from '../model/units.ts'
import { validate } from '../model/validate.ts'
import type { StoredEvent } from '../ports/event-store.ts'
import { decodeEvent, type EventFacts, type EventOrigin, encodeEvent, upcast } from '../runtime/codec.ts'
import type { EventKind, Registry } from '../runtime/registry.ts'
import { checkStreamId } from '../runtime/stream-name.ts'

/** What a past event may carry beside its type and data; all have defaults. */
export interface PastFacts {
  /** Default: `pastId(n)` for the nth event given. */
  readonly id?: string
  /** Default: the moment it was recorded. */
  readonly occurredAt?: Timestamp
  readonly metadata?: EventMetadata
  readonly commandId?: string
  readonly correlationId?: string
}

/** A past event of the part under test, in the stream that the command is about. */
export type PastEvent<Events> = {
  [K in keyof Events & string]:
    | ({ readonly type: K; readonly data: Events[K]; readonly schemaVersion?: undefined } & PastFacts)
    | OldEvent<K>
}[keyof Events & string]

/** An event as an older release stored it: it is upcast as a real one. */
export type OldEvent<Type extends string> = {
  readonly type: Type
  readonly data: unknown
  /** The version of the schema that `data` was stored under. */
  readonly schemaVersion: number
} & PastFacts

/** A past event of a named stream: `account.to('ACC-1', { type, data })`; spread it to say more about it. */
export type PastEventElsewhere = EventElsewhere & PastFacts & { readonly schemaVersion?: number }

/** A past event of either kind, as it is kept at run time. */
export type AnyPastEvent = PastEventElsewhere | ({ type: string; data: unknown; schemaVersion?: number } & PastFacts)

const start = Date.parse('2026-01-01T00:00:00.000Z')

/** When the nth event given was recorded: n seconds into 2026. */
export function pastTime(n: number): Timestamp {
  return new Date(start + n * 1_000).toISOString()
}

/** The id of the nth event given, unless it names one: `00000000-0000-7000-8000-000000000001`. */
export function pastId(n: number): string {
  return `00000000-0000-7000-8000-${String(n).padStart(12, '0')}`
}

/**
 * Past events with their places, validated, encoded and decoded as a store would give them back.
 * @param own where events without a stream of their own belong
 * @throws KhataError `handler-failed` when data does not fit its schema, `usage` for an unknown event
 */
export function recordPast(
  registry: Registry,
  given: readonly AnyPastEvent[],
  own: { readonly category: string; readonly id: string } | null,
): readonly RecordedEvent[] {
  const versions = new Map<string, Version>()
  return given.map((past, index) => {
    const { type, data, occurredAt } = 'to' in past ? past.event : past
    const place = 'to' in past ? past.to : own
    if (!place) throw unusable(`${type} of no stream`, 'name its stream: part.to(id, event)')
    const kind = registry.kind(place.category, type)
    if (!kind) throw unusable(`${place.category}.${type}`, 'no part under test has it; name its part in the option use')
    const streamId = checkStreamId(place.id, 'id')
    const stream = `${place.category}/${streamId}`
    const version = (versions.get(stream) ?? 0) + 1
    versions.set(stream, version)
    const position = index + 1
    const metadataText = JSON.stringify(past.metadata ?? {})
    const origin = {
      id: past.id ?? pastId(position),
      streamId,
      metadata: JSON.parse(metadataText) as EventMetadata,
      metadataText,
      occurredAt: momentFrom(pastTime(position)) as Moment,
      commandId: past.commandId ?? `command-${position}`,
      correlationId: past.correlationId ?? past.commandId ?? `command-${position}`,
    }
    const facts = { data, occurredAt: past.occurredAt ?? occurredAt }
    const { stored } = encodePast(kind, facts, past.schemaVersion, origin)
    const placed = { category: place.category, streamId, version, position, recordedAt: Date.parse(pastTime(position)) }
    return decodeEvent(registry, { ...stored, ...placed } satisfies StoredEvent)
  })
}

function encodePast(kind: EventKind, facts: EventFacts, version: number | undefined, origin: EventOrigin) {
  if (version === undefined) return encodeEvent(kind, facts, origin)
  const link = kind.links[version - 1]
  if (!link) throw unusable(`${kind.category}.${kind.type} of version ${version}`, `it has ${kind.links.length}`)
  const checked = validate(link.schema, facts.data)
  if (checked.errors) throw unusable(`${kind.category}.${kind.type} of version ${version}`, checked.errors[0]?.message ?? '')
  // A stored event keeps the tags it was stored with; those of the newest schema are the best guess there is.
  const { tags } = kind
  const guess = tags && ((old: never, streamId: string) => tags(upcast(kind, old, version) as never, streamId))
  return encodeEvent({ ...kind, schema: link.schema, links: kind.links.slice(0, version), tags: guess }, facts, origin)
}

function unusable(what: string, why: string): KhataError<'usage'> {
  return new KhataError('usage', `given: the event ${what} cannot be used: ${why}.`, null)
}
