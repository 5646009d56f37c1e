import type { AnyAggregate } from '../model/aggregate.ts'
import type { AnyBoundary } from '../model/boundary.ts'
import type { AnyProjection } from '../model/projection.ts'
import { compileView } from '../runtime/compiled-view.ts'
import { registryOf } from '../runtime/registry.ts'
import { type AnyPastEvent, recordPast } from './given-events.ts'

/**
 * The documents of a projection after past events, by id, as a view would hold them.
 * @throws KhataError `handler-failed` when a handler throws or gives what the document's schema refuses
 */
export function documentsOf(projection: AnyProjection, given: readonly AnyPastEvent[]): ReadonlyMap<string, unknown> {
  const registry = registryOf(projection.definition.from as readonly (AnyAggregate | AnyBoundary)[])
  const view = compileView(projection)
  const documents = new Map<string, Record<string, unknown> | null>()
  for (const recorded of recordPast(registry, given, null)) {
    if (!view.handles(recorded.category, recorded.type)) continue
    const event = view.seen(recorded)
    for (const key of view.keys(event)) {
      documents.set(key, view.fold(documents.get(key) ?? null, event, key))
    }
  }
  for (const [id, document] of documents) if (document === null) documents.delete(id)
  return documents
}
