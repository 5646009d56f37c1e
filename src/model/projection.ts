import { checkProjection } from './check-projection.ts'
import type { RecordedEvent, UnplacedEvent } from './recorded-event.ts'
import type { Output, Same, Schema } from './schema.ts'

/** What is known about a projection at compile time. */
export interface ProjectionModel {
  readonly name: string
  readonly document: unknown
  /** The fields that `find` may ask for. */
  readonly field: string
  /** Whether it has a full-text index. */
  readonly search: boolean
}

/** Where events come from: an aggregate or a boundary. */
export interface EventSource {
  readonly kind: 'aggregate' | 'boundary'
  readonly name: string
  readonly '~model': { readonly name: string; readonly events: object }
}

/** The source, type and data of each event of some sources, one member each. */
type Facts<Source> = Source extends { '~model': { name: infer Owner extends string; events: infer Events } }
  ? { [Type in keyof Events & string]: { owner: Owner; type: Type; data: Events[Type] } }[keyof Events & string]
  : never

/** The names of the sources that have an event of each type. */
type Owners<Source extends EventSource> = {
  [S in Source as keyof S['~model']['events'] & string]: S['~model']['name']
}

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never

/** Whether two sources have an event of this type. */
type IsShared<Source extends EventSource, Type extends string> = Type extends keyof Owners<Source>
  ? IsUnion<Owners<Source>[Type]>
  : false

/** When a projection is folded. */
export type ProjectionMode = 'async' | 'inline'

/** An event as handlers see it: those of an inline view, or of one that may be, get it without its place. */
type Seen<Mode extends ProjectionMode, Type extends string, Data, Owner extends string> = 'inline' extends Mode
  ? UnplacedEvent<Type, Data, Owner>
  : RecordedEvent<Type, Data, Owner>

/**
 * The events of some sources by the name a handler uses: the type, or `source.Type` when two sources have it
 * (`source.Type` always works).
 */
export type EventMap<Source extends EventSource, Mode extends ProjectionMode = 'async'> = {
  [F in Facts<Source> as IsShared<Source, F['type']> extends true ? never : F['type']]: Seen<
    Mode,
    F['type'],
    F['data'],
    F['owner']
  >
} & { [F in Facts<Source> as `${F['owner']}.${F['type']}`]: Seen<Mode, F['type'], F['data'], F['owner']> }

/** The events that handlers named `Handled` are for. */
export type HandledEvent<Source extends EventSource, Handled extends string, Mode extends ProjectionMode = 'async'> = EventMap<
  Source,
  Mode
>[Handled & keyof EventMap<Source>]

/** A document's top-level field names. */
export type FieldOf<Document> = keyof Document & string

/** A projection as it is kept at run time. */
export interface ProjectionDefinition {
  readonly from: readonly EventSource[]
  readonly document: Schema
  readonly key: (event: never) => string | readonly string[]
  readonly on: { readonly [type: string]: (document: never, event: never, key: string) => unknown }
  readonly index: readonly (readonly string[])[]
  readonly search: readonly string[]
  readonly version: number
  readonly mode: ProjectionMode
  readonly description: string | null
}

/** A pure function from events to documents of a view. Made by {@link projection}. */
export interface Projection<Model extends ProjectionModel> {
  readonly kind: 'projection'
  readonly name: Model['name']
  readonly definition: ProjectionDefinition
  /** Exists at compile time only. */
  readonly '~model': Model
}

/** Any projection. */
export type AnyProjection = Projection<any>

/** What {@link projection} asks for. */
export interface ProjectionOptions<
  From extends readonly EventSource[],
  Document extends Schema,
  Handled extends string,
  Indexes,
  Searched,
  Mode extends ProjectionMode,
> {
  readonly from: From
  /** The documents of the view: an object schema. */
  readonly document: Document
  /** The id of the document an event belongs to, or of several. Pure. */
  readonly key: (event: HandledEvent<NoInfer<From>[number], NoInfer<Handled>, NoInfer<Mode>>) => string | readonly string[]
  /**
   * The document after an event; `null` for "none", before and after. Pure. A document of several keys is folded once
   * for each, with its key as third argument.
   */
  readonly on: {
    readonly [K in Handled]: K extends keyof EventMap<From[number]>
      ? (
          document: Output<Document> | null,
          event: EventMap<From[number], NoInfer<Mode>>[K],
          key: string,
        ) => Same<Output<Document>> | null
      : `no event '${K}' in from`
  } & {
    // Gives handlers without parameters a context, and lists the names for the editor.
    readonly [K in Handled]: (document: never, event: never, key: never) => Same<Output<Document>> | null
  } & { readonly [K in keyof EventMap<From[number]>]?: unknown }
  /** Fields, or lists of fields, that `find` may filter and order by. */
  readonly index?: Indexes
  /** Text fields that `search` looks into. */
  readonly search?: Searched
  /** Raise it when handlers change their meaning: a new generation is then built beside the live one. Default 1. */
  readonly version?: number
  /** `inline` folds in the transaction of the append (and sees events without their places); `async`, the default, right after it. */
  readonly mode?: Mode
  readonly description?: string
}

/**
 * Defines a projection: documents folded from events.
 *
 * @param name kebab-case; also the name of the view and of its query
 * @throws KhataError `definition` when a name is not allowed, a handler has no event, or an index names no field
 */
export function projection<
  const Name extends string,
  const From extends readonly EventSource[],
  Document extends Schema,
  Handled extends string,
  const Indexes extends readonly (FieldOf<Output<Document>> | readonly FieldOf<Output<Document>>[])[] = [],
  const Searched extends readonly FieldOf<Output<Document>>[] = [],
  Mode extends ProjectionMode = 'async',
>(
  name: Name,
  options: ProjectionOptions<From, Document, Handled, Indexes, Searched, Mode>,
): Projection<{
  name: Name
  document: Output<Document>
  field: IndexedField<Indexes>
  search: Searched extends readonly [] ? false : true
}> {
  const definition: ProjectionDefinition = {
    from: options.from,
    document: options.document,
    key: options.key as never,
    on: options.on as never,
    index: (options.index ?? []).map((entry) => (typeof entry === 'string' ? [entry] : (entry as readonly string[]))),
    search: options.search ?? [],
    version: options.version ?? 1,
    mode: options.mode ?? 'async',
    description: options.description ?? null,
  }
  checkProjection(name, definition, options)
  return { kind: 'projection', name, definition, '~model': undefined as never }
}

type IndexedField<Indexes> = Indexes extends readonly (infer Entry)[]
  ? Entry extends readonly (infer Field extends string)[]
    ? Field
    : Entry & string
  : never
