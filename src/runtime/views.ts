/** Views as code asks them: as new as the caller wants, never half, never stale without saying so. */
import { KhataError } from '../model/error.ts'
import type { Freshness } from '../model/query.ts'
import type { Position } from '../model/units.ts'
import type { FieldCondition, FindOptions, Found, Page, SearchOptions, View } from '../model/view.ts'
import type { Engine } from '../ports/engine.ts'
import type { FieldFilter, FieldValue, StoredDocument } from '../ports/view-store.ts'
import type { Generation } from '../ports/work-store.ts'
import { type CompiledView, fieldValue } from './compiled-view.ts'
import { decodeCursor, encodeCursor } from './cursor.ts'
import { consumerOf, type Generations } from './generations.ts'
import type { Tail } from './tail.ts'
import type { Tokens } from './token.ts'

/** A view whose names are not known at compile time. */
export type AnyView = View<{ name: string; document: Record<string, unknown>; field: string; search: boolean }>

/** What views work with. */
export interface ViewParts {
  readonly engine: Engine
  readonly generations: Generations
  readonly tail: Tail
  readonly tokens: Tokens
}

/** A view that can say how new it is. */
export interface FreshView extends AnyView {
  readonly compiled: CompiledView
  /**
   * The live generation, once it is as new as asked, its position, and the one that was asked for.
   * @throws KhataError `still-processing`, and what reading a token throws
   */
  fresh(
    options?: Freshness,
  ): Promise<{ readonly generation: Generation; readonly position: Position; readonly wanted: Position }>
}

const defaultWaitMs = 5_000
const maxWaitMs = 60_000
const defaultLimit = 100
const maxLimit = 1_000

/** The view of a projection. */
export function viewOf(parts: ViewParts, compiled: CompiledView): FreshView {
  const { engine, generations, tail, tokens } = parts
  const { name } = compiled

  const fresh = async (options: Freshness = {}) => {
    const wanted = options.after === undefined ? 0 : await tokens.position(options.after)
    const waitMs = Math.min(options.waitMs ?? defaultWaitMs, maxWaitMs)
    // It would wait for ever.
    if (Number.isNaN(waitMs)) throw usage(`waitMs must be a number of milliseconds, not ${options.waitMs}.`)
    const deadline = performance.now() + waitMs
    for (;;) {
      const { mark } = tail
      const generation = await generations.live(compiled)
      const position = generation ? await generations.position(generation) : 0
      if (generation && position >= wanted) return { generation, position, wanted }
      const left = deadline - performance.now()
      if (left <= 0) {
        throw new KhataError(
          'still-processing',
          generation
            ? `The view '${name}' is at position ${position}, not yet at ${wanted}: ask again shortly.`
            : `The view '${name}' is being built for the first time: ask again shortly.`,
          { view: name, position, wanted, retryAfterMs: 1_000 },
        )
      }
      await tail.stirred(mark, Math.min(left, 50))
    }
  }

  /** Whether a letter at or below the token hides part of an answer: of one document, or of any. */
  const checkWhole = async (generation: Generation, wanted: Position, lane?: string): Promise<void> => {
    if (wanted === 0) return
    const letters = await engine.reactions.deadLetters({
      consumer: consumerOf(generation),
      ...(lane === undefined ? {} : { lanes: [lane] }),
      limit: maxLimit,
    })
    const letter = letters.find(({ position }) => position <= wanted)
    if (letter) {
      throw new KhataError(
        'view-incomplete',
        `The view '${name}' could not take in an event at position ${letter.position}: the answer would not be whole until somebody has looked at its dead letters.`,
        { view: name, position: letter.position },
      )
    }
  }

  const filtersOf = (where: Record<string, FieldCondition<unknown>> = {}): readonly FieldFilter[] =>
    Object.entries(where).flatMap(([field, condition]) => {
      const type = compiled.fields.find((known) => known.name === field)?.type
      if (!type) throw usage(`'${field}' is not an indexed field of the view '${name}'. Indexed: ${fieldNames()}.`)
      const value = (given: unknown): FieldValue => {
        const expected = type === 'text' ? 'string' : type
        if (given !== null && typeof given !== expected)
          throw usage(`The field '${field}' of '${name}' is compared with a ${expected} or null.`)
        return fieldValue(given)
      }
      if (typeof condition !== 'object' || condition === null)
        return condition === undefined ? [] : [{ field, op: 'eq' as const, value: value(condition) }]
      return Object.entries(condition).map(([op, given]): FieldFilter => {
        if (op === 'in' && Array.isArray(given)) return { field, op, value: given.map(value) }
        if (op === 'gt' || op === 'gte' || op === 'lt' || op === 'lte') return { field, op, value: value(given) }
        throw usage(`'${op}' is not a comparison: use gt, gte, lt, lte or in.`)
      })
    })
  const fieldNames = (): string => compiled.fields.map((field) => field.name).join(', ') || 'none'

  const found = (document: StoredDocument): Found<Record<string, unknown>> => ({
    id: document.id,
    document: JSON.parse(document.body as string) as Record<string, unknown>,
  })

  return {
    compiled,
    fresh,
    async get(id, options) {
      const { generation, wanted } = await fresh(options)
      await checkWhole(generation, wanted, String(id).normalize('NFC'))
      const [document] = await engine.views.get(generation.id, [String(id).normalize('NFC')])
      return document?.body ? (JSON.parse(document.body) as Record<string, unknown>) : null
    },
    async find(
      options: FindOptions<{ name: string; document: Record<string, unknown>; field: string; search: boolean }> = {},
    ): Promise<Page<Found<Record<string, unknown>>>> {
      const where = filtersOf(options.where as Record<string, FieldCondition<unknown>> | undefined)
      const limit = checkLimit(options.limit)
      const text = options.order as string | undefined
      const order = text === undefined ? null : { field: text.replace(/^-/, ''), descending: text.startsWith('-') }
      if (order && !compiled.fields.some((field) => field.name === order.field)) {
        throw usage(`'${order.field}' is not an indexed field of the view '${name}' to order by. Indexed: ${fieldNames()}.`)
      }
      const scope = JSON.stringify([name, text ?? null, where])
      const after = options.cursor === undefined ? null : decodeCursor(options.cursor, scope)
      const { generation, wanted } = await fresh(options)
      await checkWhole(generation, wanted)
      const documents = await engine.views.find({
        generation: generation.id,
        where,
        ...(order ? { order } : {}),
        ...(after ? { after } : {}),
        limit: limit + 1,
      })
      const page = documents.slice(0, limit)
      const last = page.at(-1)
      return { items: page.map(found), next: documents.length > limit && last ? encodeCursor(last, scope) : null }
    },
    async search(words, options: SearchOptions = {}) {
      if (!compiled.search) throw usage(`The view '${name}' has no full-text index: declare \`search\` in its projection.`)
      const limit = checkLimit(options.limit)
      const scope = JSON.stringify([name, words])
      const after = options.cursor === undefined ? null : decodeCursor(options.cursor, scope)
      const { generation, wanted } = await fresh(options)
      await checkWhole(generation, wanted)
      const documents = await engine.views.find({
        generation: generation.id,
        where: [],
        words: String(words),
        ...(after ? { after } : {}),
        limit: limit + 1,
      })
      const page = documents.slice(0, limit)
      const last = page.at(-1)
      return { items: page.map(found), next: documents.length > limit && last ? encodeCursor(last, scope) : null }
    },
    async count(options = {}) {
      const where = filtersOf(options.where as Record<string, FieldCondition<unknown>> | undefined)
      const { generation, wanted } = await fresh(options)
      await checkWhole(generation, wanted)
      return engine.views.count(generation.id, where)
    },
  }
}

function checkLimit(limit: number | undefined): number {
  if (limit === undefined) return defaultLimit
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit)
    throw usage(`A page has 1 to ${maxLimit} documents, not ${limit}.`)
  return limit
}

function usage(message: string): KhataError<'usage'> {
  return new KhataError('usage', message, null)
}
