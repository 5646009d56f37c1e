import type { EventQuery, EventQueryItem } from '../model/decision.ts'
import { textArray } from './binary-arrays.ts'
import type { Parameters } from './document-filter.ts'

/** Which part of the log a query looks at, as the statement names the bounds: above `after`, up to `upTo`. */
export interface Span {
  readonly after: string
  readonly upTo: string
  readonly direction: 'ASC' | 'DESC'
  readonly limit: string
}

function anyOf(given: Parameters, column: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${column} = ANY (${given.add(textArray(values), 'text[]')})`]
}

/**
 * Positions of events of some kinds: the pairs of category and type are looked up first, and each is a range of the index
 * of its own, cut at the limit. An OR over types would sort all of them.
 */
function byKind(given: Parameters, item: EventQueryItem, span: Span): string {
  const kinds = [...anyOf(given, 'k.type', item.types ?? []), ...anyOf(given, 'k.category', item.categories ?? [])]
  return `SELECT p.position FROM khata.event_kind k CROSS JOIN LATERAL (
      SELECT e.position FROM khata.event e WHERE e.category = k.category AND e.type = k.type
        AND e.position + 0 > ${span.after} AND e.position + 0 <= ${span.upTo}
      ORDER BY e.position + 0 ${span.direction} LIMIT ${span.limit}) AS p
    WHERE ${kinds.join(' AND ')}`
}

/** Positions of events that carry all of some tags, and are of some kinds when the item says so. */
function byTags(given: Parameters, item: EventQueryItem, tags: readonly string[], span: Span): string {
  const { types = [], categories = [] } = item
  const [tag = ''] = tags
  if (tags.length === 1 && types.length === 0 && categories.length === 0) {
    return `SELECT t.position FROM khata.event_tag t
      WHERE t.tag = ${given.add(tag, 'text')} AND t.position > ${span.after} AND t.position <= ${span.upTo}
      ORDER BY t.position ${span.direction} LIMIT ${span.limit}`
  }
  const [allOf, anyType, anyCategory] = [tags, types, categories].map((list) => given.add(textArray(list), 'text[]'))
  const bounds = `${span.after}, ${span.upTo}, ${anyType}, ${allOf}, ${anyCategory}`
  return `SELECT p.position FROM khata.matching(${bounds}, ${span.direction === 'DESC'}, ${span.limit}) AS p (position)`
}

function itemSql(given: Parameters, item: EventQueryItem, span: Span): string {
  const tags = [...new Set(item.tags ?? [])]
  if (tags.length > 0) return byTags(given, item, tags, span)
  if ((item.types ?? []).length > 0 || (item.categories ?? []).length > 0) return byKind(given, item, span)
  return `SELECT e.position FROM khata.event e WHERE e.position > ${span.after} AND e.position <= ${span.upTo}
    ORDER BY e.position ${span.direction} LIMIT ${span.limit}`
}

/** The positions of a query's events within a span, each item an index range of its own; positions may come twice. */
export function positionsSql(given: Parameters, query: EventQuery, span: Span): string {
  return query.map((item) => `(${itemSql(given, item, span)})`).join(' UNION ALL ')
}

/** Items that differ in their types or categories alone are one item: a query may have very many of them. */
export function joined(query: EventQuery): EventQuery {
  const plain = query.filter(
    ({ tags = [], categories = [], types = [] }) => tags.length + categories.length === 0 && types.length > 0,
  )
  if (plain.length < 2) return query
  return [...query.filter((item) => !plain.includes(item)), { types: [...new Set(plain.flatMap(({ types = [] }) => types))] }]
}
