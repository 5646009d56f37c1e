import type { EventQuery } from '../model/decision.ts'

/** Whether an event matches a query: any item whose types, categories and tags it fits. */
export function matches(
  query: EventQuery,
  event: { readonly type: string; readonly category: string; readonly tags: readonly string[] },
): boolean {
  return query.some(
    (item) =>
      (!item.types?.length || item.types.includes(event.type)) &&
      (!item.categories?.length || item.categories.includes(event.category)) &&
      (item.tags ?? []).every((tag) => event.tags.includes(tag)),
  )
}
