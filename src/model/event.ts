import type { Input, Output, Schema } from './schema.ts'

/** One step in the history of an event's schema; `upcast` turns the data of the version before into this one's. */
export interface EventLink {
  readonly schema: Schema
  readonly upcast: ((old: never) => unknown) | null
}

/** How an event is kept: apart from its name in the code, so that the code can be renamed. */
export interface EventNames {
  /** The type written to the store. Default: the event's name in the aggregate. */
  readonly storedAs?: string
  /** Types under which the store may hold older events of this kind. */
  readonly aliases?: readonly string[]
}

/** An event schema with its history. The version of an event is the number of links. */
export interface VersionedEvent<Data, In = Data> extends Schema<Data, In> {
  /** Adds a version; `upcast` is applied to stored data of the version before when it is read. */
  next<T extends Schema>(schema: T, upcast: (old: Data) => Input<T>): VersionedEvent<Output<T>, Input<T>>
  readonly '~links': readonly EventLink[]
  readonly '~names': EventNames
}

/**
 * Begins the history of an event's schema. A plain schema is the same as version 1 of it; this is needed for later
 * versions, `event(v1).next(v2, (old) => …)`, or for another name in the store.
 */
export function event<T extends Schema>(schema: T, names: EventNames = {}): VersionedEvent<Output<T>, Input<T>> {
  return chain([{ schema, upcast: null }], names) as VersionedEvent<Output<T>, Input<T>>
}

function chain(links: readonly EventLink[], names: EventNames): VersionedEvent<unknown> {
  const newest = links.at(-1) as EventLink
  return {
    _zod: newest.schema._zod,
    '~links': links,
    '~names': names,
    next: (schema, upcast) => chain([...links, { schema, upcast }], names) as never,
  }
}

/** The history of a schema that an aggregate declares, plain or versioned. */
export function linksOf(schema: Schema): readonly EventLink[] {
  return '~links' in schema ? (schema as VersionedEvent<unknown>)['~links'] : [{ schema, upcast: null }]
}

/** The names in the store of a schema that an aggregate declares. */
export function namesOf(schema: Schema): EventNames {
  return '~names' in schema ? (schema as VersionedEvent<unknown>)['~names'] : {}
}
