/**
 * How many documents the views have, for those who watch: a progress bar asks several times a second, and the documents of
 * a large view take long to count, so the last number stands for twenty times as long as counting it took.
 */
import type { ViewStore } from '../ports/view-store.ts'

interface Counted {
  readonly generation: string
  readonly documents: Promise<number>
  /** When to count again; unknown while counting. */
  freshUntil: number
}

const standsFor = 20
/** What takes less is counted each time. */
const cheapMs = 5

/** Counts the documents of views, but seldom those of large ones. */
export function documentCounts(views: Pick<ViewStore, 'count'>, now: () => number = () => performance.now()) {
  const known = new Map<string, Counted>()
  return {
    of(view: string, generation: string): Promise<number> {
      const held = known.get(view)
      if (held && held.generation === generation && now() < held.freshUntil) return held.documents
      const start = now()
      const counted: Counted = { generation, documents: views.count(generation, []), freshUntil: Infinity }
      known.set(view, counted)
      const counts = (): void => {
        const took = now() - start
        counted.freshUntil = took < cheapMs ? 0 : now() + standsFor * took
      }
      counted.documents.then(counts, () => {
        counted.freshUntil = 0
      })
      return counted.documents
    },
  }
}
