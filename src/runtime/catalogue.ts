/** A JSON Schema (2020-12), as OpenAPI 3.1 uses it. */
export type JsonSchema = { readonly [key: string]: unknown }

/** A command as tools see it. */
export interface CommandEntry {
  readonly name: string
  /** The aggregate or boundary it belongs to. */
  readonly owner: string
  readonly ownerKind: 'aggregate' | 'boundary'
  readonly description: string | null
  readonly input: JsonSchema
  /** Declared rejection codes and those seen since the start. */
  readonly rejections: readonly string[]
}

/** An event type as tools see it. */
export interface EventEntry {
  readonly type: string
  readonly category: string
  /** The newest schema version. */
  readonly version: number
  readonly data: JsonSchema
  /** Projections that handle it. */
  readonly consumers: readonly string[]
}

/** A view as tools see it. */
export interface ViewEntry {
  readonly name: string
  readonly description: string | null
  readonly document: JsonSchema
  /** The fields that may be filtered and ordered by. */
  readonly fields: readonly { readonly name: string; readonly type: 'text' | 'number' | 'boolean' }[]
  readonly search: boolean
}

/** A query as tools see it. */
export interface QueryEntry {
  readonly name: string
  readonly description: string | null
  readonly input: JsonSchema
  readonly views: readonly string[]
}

/** What an app consists of. */
export interface Catalogue {
  readonly commands: readonly CommandEntry[]
  readonly events: readonly EventEntry[]
  readonly views: readonly ViewEntry[]
  readonly queries: readonly QueryEntry[]
}
