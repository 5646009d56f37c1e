import type { ProjectionModel } from './projection.ts'
import type { Freshness } from './query.ts'

/** A condition on one field: equality with a plain value, or a range or choice. Strings compare by code point. */
export type FieldCondition<Value> =
  | Value
  | {
      readonly gt?: NonNullable<Value>
      readonly gte?: NonNullable<Value>
      readonly lt?: NonNullable<Value>
      readonly lte?: NonNullable<Value>
      readonly in?: readonly Value[]
    }

type Field<Model extends ProjectionModel> = Model['field'] & keyof Model['document'] & string

/** Conditions on indexed fields; all must hold. A view without an index takes none. */
export type Where<Model extends ProjectionModel> = [Field<Model>] extends [never]
  ? never
  : { readonly [K in Field<Model>]?: FieldCondition<Model['document'][K]> }

/** What `find` takes. */
export interface FindOptions<Model extends ProjectionModel> extends Freshness {
  readonly where?: Where<Model>
  /** An indexed field, or `-field` for descending. Nulls come first ascending; equal values are ordered by id. */
  readonly order?: Field<Model> | `-${Field<Model>}`
  /** Documents in a page, 1 to 1,000. Default 100. */
  readonly limit?: number
  /** The `next` of the page before. */
  readonly cursor?: string
}

/** What `search` takes. */
export interface SearchOptions extends Freshness {
  /** Documents in a page, 1 to 1,000. Default 100. */
  readonly limit?: number
  readonly cursor?: string
}

/** Documents of one page; `next` is null on the last. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: string | null
}

/** A document with its id. */
export type Found<Document> = { readonly id: string; readonly document: Document }

/** The read model of a projection. Each method throws `StillProcessing` when it is behind what `after` asks for. */
export interface View<Model extends ProjectionModel> {
  /** The document with this id, or null. */
  get(id: string, options?: Freshness): Promise<Model['document'] | null>
  /** Documents by indexed fields, a page at a time. */
  find(options?: FindOptions<Model>): Promise<Page<Found<Model['document']>>>
  /** Documents that contain all the words; in no promised order. Does not compile, and throws `usage`, on a view without `search`. */
  search(words: true extends Model['search'] ? string : never, options?: SearchOptions): Promise<Page<Found<Model['document']>>>
  /** How many documents hold the conditions; all of them without any. */
  count(options?: { readonly where?: Where<Model> } & Freshness): Promise<number>
}
