import { checkQuery } from './check-query.ts'
import type { User } from './decision.ts'
import type { AnyProjection } from './projection.ts'
import type { Input, Output, Schema } from './schema.ts'
import type { Position, Token } from './units.ts'
import type { View } from './view.ts'

/** What is known about a query at compile time. */
export interface QueryModel {
  readonly name: string
  readonly input: unknown
  readonly answer: unknown
}

/** What a query's `answer` may use. */
export interface QueryContext<Views extends readonly AnyProjection[]> {
  /** One of the declared views, as new as the caller asked for. */
  view<V extends Views[number]>(projection: V): View<V['~model']>
  readonly user: User
}

/** A query as it is kept at run time. */
export interface QueryDefinition {
  readonly input: Schema
  readonly views: readonly AnyProjection[]
  readonly answer: (input: never, context: never) => unknown
  readonly description: string | null
}

/** A named question to one or several views. Made by {@link query}. */
export interface Query<Model extends QueryModel> {
  readonly kind: 'query'
  readonly name: Model['name']
  readonly definition: QueryDefinition
  /** Exists at compile time only. */
  readonly '~model': Model
}

/** Any query. */
export type AnyQuery = Query<any>

/**
 * Defines a query over views. A view by itself can already be asked by its own name; this is for another shape of
 * question or answer.
 *
 * @param name kebab-case, unlike that of any view
 * @throws KhataError `definition` when the name is not allowed
 */
export function query<const Name extends string, In extends Schema, const Views extends readonly AnyProjection[], Answer>(
  name: Name,
  options: {
    readonly input: In
    /** The views it reads: a caller's token is waited for on each of them. */
    readonly views: Views
    readonly answer: (input: Output<In>, context: QueryContext<NoInfer<Views>>) => Answer | Promise<Answer>
    readonly description?: string
  },
): Query<{ name: Name; input: Input<In>; answer: Answer }> {
  checkQuery(name, options)
  return {
    kind: 'query',
    name,
    definition: {
      input: options.input,
      views: options.views,
      answer: options.answer as never,
      description: options.description ?? null,
    },
    '~model': undefined as never,
  }
}

/** How new an answer must be, and how long its caller is willing to wait for that. */
export interface Freshness {
  /** A receipt's token: the answer reflects at least that. A bare position works, without protection against mix-ups. */
  readonly after?: Token | Position
  /** Milliseconds to wait for a view that is behind `after`; then the answer is `StillProcessing`. Default 5,000. */
  readonly waitMs?: number
}
