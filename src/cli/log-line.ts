/**
 * A log as text: NDJSON, one event per line in order, between a line that says what follows and one that proves that
 * nothing is missing.
 *
 *     {"khata":"log","format":1,"storeId":"…","epoch":"…","events":2}
 *     {"position":1,"id":"…","category":"account",…,"data":{"amount":500},"metadata":{}}
 *     {"position":2,…}
 *     {"end":2,"sha256":"…"}
 *
 * The hash is over the event lines with their line ends. Times are milliseconds since 1970, as the store keeps them.
 */
import { KhataError } from '../model/error.ts'
import type { StoredEvent } from '../ports/event-store.ts'

/** The first line. */
export interface LogHeader {
  readonly khata: 'log'
  readonly format: 1
  readonly storeId: string
  readonly epoch: string
  /** How many events follow. */
  readonly events: number
}

/** The last line. */
export interface LogTrailer {
  readonly end: number
  readonly sha256: string
}

/** An event as a line, without the line's end. */
export function lineOf({ data, metadata, ...rest }: StoredEvent): string {
  return JSON.stringify({ ...rest, ...embedded('data', data), ...embedded('metadata', metadata) })
}

/** JSON text as a value where that loses nothing; otherwise as the text it is, under `…Text`. */
function embedded(name: string, text: string): Record<string, unknown> {
  const value: unknown = JSON.parse(text)
  return JSON.stringify(value) === text ? { [name]: value } : { [`${name}Text`]: text }
}

/** The event of a line. Throws KhataError `store-damaged` for anything else. */
export function eventOf(line: string, number: number): StoredEvent {
  const { data, dataText, metadata, metadataText, ...rest } = parseLine(line, number)
  const event = {
    ...rest,
    data: typeof dataText === 'string' ? dataText : JSON.stringify(data),
    metadata: typeof metadataText === 'string' ? metadataText : JSON.stringify(metadata),
  } as StoredEvent
  if (isStored(event)) return event
  throw damaged(`line ${number} is no event`)
}

/** A line as an object. Throws KhataError `store-damaged`. */
export function parseLine(line: string, number: number): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // What is no JSON is no line of a log either.
  }
  throw damaged(`line ${number} is not a line of an exported log`)
}

/** What is wrong with a log that somebody wants to import. */
export function damaged(what: string): KhataError<'store-damaged'> {
  return new KhataError('store-damaged', `The log cannot be imported: ${what}.`, { what })
}

function isStored(event: StoredEvent): boolean {
  const texts = [event.id, event.type, event.category, event.streamId, event.data, event.metadata]
  const numbers = [event.position, event.version, event.schemaVersion, event.recordedAt]
  return (
    texts.every((value) => typeof value === 'string') &&
    numbers.every((value) => Number.isSafeInteger(value)) &&
    (event.occurredAt === null || Number.isSafeInteger(event.occurredAt)) &&
    [event.commandId, event.correlationId].every((value) => value === null || typeof value === 'string') &&
    Array.isArray(event.tags) &&
    event.tags.every((tag) => typeof tag === 'string')
  )
}
