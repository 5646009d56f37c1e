import type { Position } from '../model/units.ts'

/** A value of an indexed field. Booleans are 0 and 1. */
export type FieldValue = string | number | null

/**
 * Bytes of UTF-8 that a document's id and the values of one index may have together, eight more for each field. Every
 * engine takes as many; some take no more.
 */
export const indexBytes = 2_600

/** What a view's place must provide: one generation of one view. */
export interface ViewShape {
  /** The id of the generation, which also names its table: lower-case letters, digits, `_`. */
  readonly generation: string
  /** The indexed fields and how their values compare. */
  readonly fields: readonly { readonly name: string; readonly type: 'text' | 'number' | 'boolean' }[]
  /** Indexes, each a list of fields. */
  readonly indexes: readonly (readonly string[])[]
  /** Whether there is a full-text index. */
  readonly search: boolean
}

/** A document to be written. */
export interface DocumentWrite {
  readonly id: string
  /** JSON text; null removes the document and leaves a tombstone that knows its position. */
  readonly body: string | null
  /** Values of the shape's fields, in its order. */
  readonly fields: readonly FieldValue[]
  /** The text that search looks into; null without a full-text index. */
  readonly text: string | null
  /**
   * The position of the last event applied: an older write than the one stored is passed over. Null in an inline view,
   * whose documents learn it in the commit.
   */
  readonly position: Position | null
  /** The revision it was folded from, 0 for none: checked in inline views, ignored in asynchronous ones. */
  readonly replaces: number
  /**
   * Tells this write of the document from every other: a random whole number from 1 to 2^48. A count would not do: of
   * two processes that fold the same document at once, both would write the same next number.
   */
  readonly revision: number
}

/** Documents of one generation of a view. */
export interface ViewWrite {
  readonly generation: string
  readonly documents: readonly DocumentWrite[]
}

/** A stored document. */
export interface StoredDocument {
  readonly id: string
  /** JSON text; null: a tombstone. */
  readonly body: string | null
  readonly position: Position
  /** That of its last write. */
  readonly revision: number
}

/** A condition on an indexed field; all given bounds must hold. */
export interface FieldFilter {
  readonly field: string
  readonly op: 'eq' | 'gt' | 'gte' | 'lt' | 'lte' | 'in'
  readonly value: FieldValue | readonly FieldValue[]
}

/** Which documents to find. */
export interface DocumentRange {
  readonly generation: string
  readonly where: readonly FieldFilter[]
  /** Words that must all occur. */
  readonly words?: string
  /** Nulls first ascending, strings by code point, equal values by id. Default: by id. */
  readonly order?: { readonly field: string; readonly descending: boolean }
  /** The order value and id of the last document of the page before. */
  readonly after?: { readonly value: FieldValue; readonly id: string }
  readonly limit: number
}

/**
 * Where documents are kept. A document knows the position of the last event applied to it, so an older write can never
 * replace a newer one, whatever is repeated. The numbered promises are in `docs/contracts/view-store.md`.
 */
export interface ViewStore {
  /** Makes the place of a generation; nothing happens when it is there. */
  prepare(shape: ViewShape): Promise<void>
  /** Documents by id; unknown ids are left out, tombstones are not. */
  get(generation: string, ids: readonly string[]): Promise<readonly StoredDocument[]>
  /** Documents by indexed field or words, without tombstones. `value` of each is that of the order's field. */
  find(range: DocumentRange): Promise<readonly (StoredDocument & { readonly value: FieldValue })[]>
  /** How many documents, without tombstones. */
  count(generation: string, where: readonly FieldFilter[]): Promise<number>
  /**
   * Removes the place of a generation with all documents. That may take long, and holds up nobody else: commits go on
   * beside it. When the signal fires it may leave off; nobody can ask the generation then, and dropping it again goes on.
   */
  drop(generation: string, signal?: AbortSignal): Promise<void>
}
