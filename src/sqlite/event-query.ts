import type { SQLInputValue } from 'node:sqlite'
import type { EventQuery, EventQueryItem } from '../model/decision.ts'
import type { Connection } from './connection.ts'

/** Which part of the log a query looks at: positions above `after` and up to `upTo`. */
export interface Span {
  readonly after: number
  readonly upTo: number
}

/** One range of an index, in the order of positions: `SELECT position … ` without order or limit. */
export interface Arm {
  readonly text: string
  readonly values: readonly SQLInputValue[]
}

/** More than any position. */
export const endOfLog = Number.MAX_SAFE_INTEGER

function marks(values: readonly unknown[]): string {
  return values.map(() => '?').join(', ')
}

/** The pairs of category and type in the store that an item's lists allow; null when it has neither list. */
function kindsOf(connection: Connection, item: EventQueryItem): [category: string, type: string][] | null {
  const types = item.types ?? []
  const categories = item.categories ?? []
  if (types.length === 0 && categories.length === 0) return null
  const conditions: string[] = []
  if (categories.length > 0) conditions.push(`category IN (${marks(categories)})`)
  if (types.length > 0) conditions.push(`type IN (${marks(types)})`)
  const text = `SELECT category, type FROM event_kind WHERE ${conditions.join(' AND ')}`
  return connection.sql(text).all(...categories, ...types) as unknown as [string, string][]
}

const taggedIn = 'SELECT position FROM event_tag WHERE tag = ? AND position > ? AND position <= ?'
const kindIn = `SELECT position FROM event INDEXED BY event_by_kind
  WHERE category = ? AND type = ? AND position > ? AND position <= ?`

/** How many positions a range has, at most `cap`. */
function countUpTo(connection: Connection, text: string, values: readonly SQLInputValue[], cap: number): number {
  const [count] = connection.sql(`SELECT count(*) FROM (${text} LIMIT ?)`).get(...values, cap) as unknown as [number]
  return count
}

/**
 * Which of several lists that must all hold is walked, the others being looked up for each of its positions: a short one.
 * Lists are counted up to a cap that grows, so the cost follows the shortest list, not the log.
 */
function shortest(connection: Connection, lists: readonly (readonly Arm[])[]): number {
  for (let cap = 32; ; cap *= 16) {
    let best = -1
    let bestCount = cap
    for (const [index, arms] of lists.entries()) {
      let count = 0
      for (const arm of arms) {
        if (count >= bestCount) break
        count += countUpTo(connection, arm.text, arm.values, bestCount - count)
      }
      if (count < bestCount) {
        best = index
        bestCount = count
      }
    }
    if (best >= 0) return best
  }
}

/** The index ranges that together are one item's events. */
function armsOf(connection: Connection, item: EventQueryItem, span: Span): Arm[] {
  const kinds = kindsOf(connection, item)
  const tags = [...new Set(item.tags ?? [])]
  const bounds = [span.after, span.upTo]
  const byKind = (kinds ?? []).map((kind) => ({ text: kindIn, values: [...kind, ...bounds] }))
  if (kinds?.length === 0) return []
  if (tags.length === 0) {
    return kinds ? byKind : [{ text: 'SELECT position FROM event WHERE position > ? AND position <= ?', values: bounds }]
  }
  const byTag = tags.map((tag) => [{ text: taggedIn, values: [tag, ...bounds] }])
  const lists: Arm[][] = kinds ? [...byTag, byKind] : byTag
  const walked = lists.length === 1 ? 0 : shortest(connection, lists)
  const others = tags.filter((_, index) => index !== walked)
  return (lists[walked] ?? []).map((arm) => withTests(arm, others, kinds && walked < tags.length ? item : null))
}

/** A range with a look-up of other tags, and of the kind when that is not what is walked. */
function withTests(arm: Arm, tags: readonly string[], kinds: EventQueryItem | null): Arm {
  let text = arm.text
  const values = [...arm.values]
  const position = text === taggedIn ? 'event_tag.position' : 'event.position'
  for (const tag of tags) {
    text += ` AND EXISTS (SELECT 1 FROM event_tag AS other WHERE other.tag = ? AND other.position = ${position})`
    values.push(tag)
  }
  if (kinds) {
    const types = kinds.types ?? []
    const categories = kinds.categories ?? []
    const tests: string[] = []
    if (categories.length > 0) tests.push(`this.category IN (${marks(categories)})`)
    if (types.length > 0) tests.push(`this.type IN (${marks(types)})`)
    text += ` AND EXISTS (SELECT 1 FROM event AS this WHERE this.position = ${position} AND ${tests.join(' AND ')})`
    values.push(...categories, ...types)
  }
  return { text, values }
}

/** The index ranges that together are the query's events within the span. The cost never grows with the log. */
export function compileQuery(connection: Connection, query: EventQuery, span: Span): Arm[] {
  return query.flatMap((item) => armsOf(connection, item, span))
}

/** Whether any event above a position matches. */
export function anyEventMatches(connection: Connection, query: EventQuery, after: number): boolean {
  for (const arm of compileQuery(connection, query, { after, upTo: endOfLog })) {
    if (connection.sql(`${arm.text} LIMIT 1`).get(...arm.values)) return true
  }
  return false
}
