import type { EventQuery, EventQueryItem } from '../model/decision.ts'
import type { Condition, StoredEvent } from '../ports/event-store.ts'
import type { Connection } from './connection.ts'
import type { Ledger } from './ledger.ts'

/**
 * The items of {@link conditionItems}, as the row `i`, that an event of the store matches, or whose position is not there:
 * then they were decided on events that a restore took away. Most have a tag that nothing new carries: that is found in a
 * quarter of the time that the function takes.
 */
export const failedItems = `json_to_recordset($1) AS i (number integer, after bigint, types text[], tags text[], categories text[])
  WHERE CASE
    WHEN i.after > (SELECT coalesce(max(e.position), 0) FROM khata.event e) THEN true
    WHEN i.tags[1] IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM khata.event_tag t WHERE t.tag = i.tags[1] AND t.position > i.after) THEN false
    ELSE khata.item_matches(i.after, i.types, i.tags, i.categories) END`

const read = `SELECT DISTINCT i.number FROM ${failedItems}`

/** The items of some conditions' queries, as the server's function takes them, with the number of the condition. */
export function conditionItems(conditions: readonly Condition[]) {
  return conditions.flatMap(({ query, after }, number) =>
    query.map(({ types = [], tags = [], categories = [] }) => ({ number, after, types, tags, categories })),
  )
}

/** Those of some conditions that an event of the store fails. */
export async function readFailed(connection: Connection, conditions: readonly Condition[]): Promise<Set<Condition>> {
  if (conditions.length === 0) return new Set()
  const rows = await connection.query<[number]>(read, [JSON.stringify(conditionItems(conditions))])
  return new Set(rows.map(([number]) => conditions[number] as Condition))
}

function itemMatches({ types = [], tags = [], categories = [] }: EventQueryItem, event: StoredEvent): boolean {
  if (types.length > 0 && !types.includes(event.type)) return false
  if (categories.length > 0 && !categories.includes(event.category)) return false
  return tags.every((tag) => event.tags.includes(tag))
}

function matches(query: EventQuery, event: StoredEvent): boolean {
  return query.some((item) => itemMatches(item, event))
}

/** Whether an event of the store, or one that this transaction is about to write, fails a condition. */
export function conditionFails(ledger: Ledger, condition: Condition): boolean {
  if (ledger.facts.failed.has(condition)) return true
  if (condition.after >= ledger.head) return false
  return ledger.writes.events.some((event) => event.position > condition.after && matches(condition.query, event))
}
