/**
 * Between events as code sees them and events as the store keeps them. Only data that was encoded and decoded again is
 * ever folded, so that a state in memory equals one read from the store. Every event is frozen through and through: all
 * consumers in the process share it, and what one of them changed would be there for those that read it from memory only.
 */
import { isKhataError, KhataError } from '../model/error.ts'
import type { EventMetadata, RecordedEvent, UnplacedEvent } from '../model/recorded-event.ts'
import { type Moment, momentFrom } from '../model/timestamp.ts'
import type { Position, Timestamp, Version } from '../model/units.ts'
import { findForbiddenText, validate } from '../model/validate.ts'
import type { NewEvent, StoredEvent } from '../ports/event-store.ts'
import { freeze } from './fold.ts'
import { asynchronous, gavePromise } from './gave-promise.ts'
import { messageOf } from './message-of.ts'
import type { EventKind, Registry } from './registry.ts'

/** Bytes of JSON that one event's data may have. */
const maxDataLength = 1_048_576
const maxTags = 64
const maxTagLength = 256
const noTags: readonly string[] = Object.freeze([])
const isEnumerable = Object.prototype.propertyIsEnumerable

/** An event ready for the store, and as folds see it. */
export interface EncodedEvent {
  readonly stored: NewEvent
  readonly event: UnplacedEvent
}

/** What is known about an event besides its data before it is stored. */
export interface EventOrigin {
  readonly id: string
  readonly streamId: string
  readonly metadata: EventMetadata
  /** JSON text of `metadata`: the same for all events of a command. */
  readonly metadataText: string
  /** When it happened unless the event itself says so. */
  readonly occurredAt: Moment
  readonly commandId: string
  readonly correlationId: string
}

/** What whoever makes an event says of it beside its type. */
export interface EventFacts {
  readonly data: unknown
  readonly occurredAt?: Timestamp | undefined
}

/**
 * Validates and encodes an event.
 * @throws KhataError `handler-failed` when `decide` returned data that its own schema refuses, or a time that is none: a fault
 * in the code
 */
export function encodeEvent(kind: EventKind, { data, occurredAt }: EventFacts, origin: EventOrigin): EncodedEvent {
  const checked = validate(kind.schema, data)
  if ('errors' in checked) {
    const first = checked.errors[0]
    throw fault(kind, `its data does not fit the schema (${first?.path || 'data'}: ${first?.message})`)
  }
  const lost = lostField(data, checked.value)
  if (lost !== null) throw fault(kind, `its data has a field '${lost}' that the schema does not know`)
  const text = JSON.stringify(checked.value)
  if (text === undefined || text.length > maxDataLength)
    throw fault(kind, `its data is over ${maxDataLength} characters of JSON`)
  if (text.includes('\\u')) {
    const path = findForbiddenText(checked.value)
    if (path !== null) throw fault(kind, `its data holds a null character or half a character at '${path}'`)
  }
  const decoded = freeze(JSON.parse(text) as unknown)
  const occurred = (occurredAt ?? null) === null ? origin.occurredAt : momentFrom(occurredAt as Timestamp)
  if (!occurred) throw fault(kind, `its occurredAt is no time as ISO 8601 with a zone ('${occurredAt}')`)
  const tags = kind.tags ? checkTags(kind, kind.tags(decoded as never, origin.streamId)) : noTags
  return {
    stored: {
      id: origin.id,
      type: kind.storedAs,
      schemaVersion: kind.links.length,
      data: text,
      metadata: origin.metadataText,
      tags,
      occurredAt: occurred.ms,
      commandId: origin.commandId,
      correlationId: origin.correlationId,
    },
    event: sealed({
      id: origin.id,
      category: kind.category,
      streamId: origin.streamId,
      type: kind.type,
      data: decoded,
      metadata: origin.metadata,
      tags,
      occurredAt: occurred.text,
      commandId: origin.commandId,
      correlationId: origin.correlationId,
    }),
  }
}

/** A stored event as code sees it: current data, current name. Types that no part knows are kept as they are. */
export function decodeEvent(registry: Registry, stored: StoredEvent): RecordedEvent {
  const kind = registry.storedKind(stored.category, stored.type)
  const event = parsed(kind, stored)
  const isOld = kind && stored.schemaVersion < kind.links.length
  return sealed(isOld ? { ...event, data: upcast(kind, event.data, stored.schemaVersion, stored) } : event)
}

/**
 * As `decodeEvent`, for whoever reads the log to look at it: one event that cannot be brought up to date is given with the
 * data of then and a `problem`, so that the page, stream, feed or tree around it can be read.
 */
export function decodeForReaders(registry: Registry, stored: StoredEvent): RecordedEvent {
  try {
    return decodeEvent(registry, stored)
  } catch (error) {
    if (!isKhataError(error, 'handler-failed')) throw error
    const event = asStored(registry.storedKind(stored.category, stored.type), stored)
    return sealed({ ...event, problem: Object.freeze({ code: error.code, message: error.message }) })
  }
}

/**
 * As `decodeEvent`, for whoever hands events to handlers: data that cannot be brought up to date throws when somebody
 * looks at it, so that it fails the handler that does, and holds up nobody else.
 */
export function decodeForHandlers(registry: Registry, stored: StoredEvent): RecordedEvent {
  try {
    return decodeEvent(registry, stored)
  } catch (cause) {
    if (!isKhataError(cause, 'handler-failed')) throw cause
    const event = { ...asStored(registry.storedKind(stored.category, stored.type), stored) }
    Object.defineProperty(event, 'data', {
      enumerable: false,
      get() {
        throw cause
      },
    })
    return Object.freeze(event)
  }
}

/** A stored event with the name of today and the data of then. */
export function asStored(kind: EventKind | undefined, stored: StoredEvent): RecordedEvent {
  return sealed(parsed(kind, stored))
}

/** As `asStored`, before anybody else has it. */
function parsed(kind: EventKind | undefined, stored: StoredEvent): RecordedEvent {
  let data: unknown
  let metadata: EventMetadata
  try {
    data = JSON.parse(stored.data)
    metadata = JSON.parse(stored.metadata) as EventMetadata
  } catch (cause) {
    throw new KhataError(
      'store-damaged',
      `Event ${placeOf(stored)} does not hold JSON.`,
      { what: `event ${stored.position}` },
      { cause },
    )
  }
  const recordedAt = new Date(stored.recordedAt).toISOString()
  return {
    position: stored.position,
    id: stored.id,
    category: stored.category,
    streamId: stored.streamId,
    version: stored.version,
    type: kind?.type ?? stored.type,
    data,
    metadata,
    tags: stored.tags,
    recordedAt,
    occurredAt:
      stored.occurredAt === null || stored.occurredAt === stored.recordedAt
        ? recordedAt
        : new Date(stored.occurredAt).toISOString(),
    commandId: stored.commandId,
    correlationId: stored.correlationId,
    schemaVersion: stored.schemaVersion,
  }
}

/** An event with other data, as JSON text. */
export function withData(event: RecordedEvent, text: string): RecordedEvent {
  return sealed({ ...event, data: JSON.parse(text) as unknown })
}

/** Gives an event of a commit its place. */
export function placeEvent(encoded: EncodedEvent, position: Position, version: Version, recordedAt: Timestamp): RecordedEvent {
  return Object.freeze({ ...encoded.event, version, position, recordedAt, schemaVersion: encoded.stored.schemaVersion })
}

/** A recorded event as it was before it had a place: as code saw it that must see the same now. */
export function withoutPlace(event: RecordedEvent): UnplacedEvent {
  const { id, category, streamId, type, metadata, tags, occurredAt, commandId, correlationId } = event
  const isReadable = isEnumerable.call(event, 'data')
  const data = isReadable ? event.data : null
  const unplaced = { id, category, streamId, type, data, metadata, tags, occurredAt, commandId, correlationId }
  if (!isReadable) {
    Object.defineProperty(unplaced, 'data', Object.getOwnPropertyDescriptor(event, 'data') as PropertyDescriptor)
  }
  return Object.freeze(unplaced)
}

/**
 * Brings data of an old schema version to the newest one.
 * @throws KhataError `handler-failed` when an upcaster throws or returns what its schema refuses
 */
export function upcast(kind: EventKind, data: unknown, from: number, stored?: StoredEvent): unknown {
  const where = stored ? ` on event ${placeOf(stored)}` : ''
  let current = data
  for (let version = from; version < kind.links.length; version++) {
    const link = kind.links[version]
    if (!link?.upcast) continue
    let next: unknown
    try {
      next = link.upcast(current as never)
    } catch (cause) {
      throw new KhataError(
        'handler-failed',
        `The upcaster of ${kind.category}.${kind.type} to version ${version + 1} threw${where}: ${messageOf(cause)}.`,
        { handler: `${kind.category}.${kind.type}` },
        { cause },
      )
    }
    if (gavePromise(next)) {
      throw asynchronous(
        `The upcaster of ${kind.category}.${kind.type} to version ${version + 1}`,
        `${kind.category}.${kind.type}`,
      )
    }
    const checked = validate(link.schema, next)
    if ('errors' in checked) {
      const first = checked.errors[0]
      const what = `${first?.path || 'data'}: ${first?.message}`
      throw fault(kind, `its upcaster to version ${version + 1} gave wrong data${where} (${what})`)
    }
    current = checked.value
  }
  try {
    return freeze(current)
  } catch {
    throw fault(kind, `its upcaster gave data that JSON does not carry${where}`)
  }
}

/** Sees to it that nobody changes what others see too. */
function sealed<Event extends UnplacedEvent>(event: Event): Event {
  freeze(event.data)
  freeze(event.metadata)
  freeze(event.tags)
  return Object.freeze(event)
}

function checkTags(kind: EventKind, tags: readonly string[]): readonly string[] {
  if (gavePromise(tags)) throw asynchronous(`tags of ${kind.category}.${kind.type}`, `${kind.category}.${kind.type}`)
  const seen = new Set<string>()
  for (const tag of tags) {
    if (typeof tag !== 'string' || tag === '' || tag.length > maxTagLength || findForbiddenText(tag) !== null) {
      throw fault(kind, `a tag is not text of 1 to ${maxTagLength} characters`)
    }
    seen.add(tag.normalize('NFC'))
  }
  if (seen.size > maxTags) throw fault(kind, `it has more than ${maxTags} tags`)
  return [...seen]
}

/** A top-level field that validation dropped: data must not be lost in silence. */
function lostField(given: unknown, kept: unknown): string | null {
  if (typeof given !== 'object' || given === null || typeof kept !== 'object' || kept === null) return null
  for (const key of Object.keys(given)) {
    if (!(key in kept) && (given as Record<string, unknown>)[key] !== undefined) return key
  }
  return null
}

function fault(kind: EventKind, why: string): KhataError<'handler-failed'> {
  const handler = `${kind.category}.${kind.type}`
  return new KhataError('handler-failed', `The event ${handler} cannot be used: ${why}.`, { handler })
}

/** Where somebody finds an event again. */
function placeOf({ position, category, streamId, version, id }: StoredEvent): string {
  return `${position} (${category}/${streamId} v${version}, id ${id})`
}
