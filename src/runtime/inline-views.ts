/**
 * Inline views: folded before the commit and written with it. Documents that were just folded are kept, so that the
 * next command builds on them before the commit is back; the store proves each by its revision.
 */
import type { UnplacedEvent } from '../model/recorded-event.ts'
import type { Engine } from '../ports/engine.ts'
import type { DocumentWrite, ViewWrite } from '../ports/view-store.ts'
import type { CompiledView } from './compiled-view.ts'
import type { Generations } from './generations.ts'
import { LruMap } from './lru.ts'
import { newRevision } from './revision.ts'

type Work = { readonly event: UnplacedEvent; readonly key: string }
type Held = { readonly document: Record<string, unknown> | null; readonly revision: number }

/** The inline views of an app. */
export interface InlineViews {
  /** What a commit of these events writes to inline views; a view without documents is named too. */
  fold(events: readonly UnplacedEvent[]): Promise<readonly ViewWrite[]>
  /** Hears what became of a commit: `applied` says which views took their documents. */
  committed(views: readonly ViewWrite[], applied: readonly boolean[]): void
  /** Forgets documents whose commit failed, and all that was built on them. */
  forget(views: readonly ViewWrite[]): void
  /** Holds a view back from commits, so that its runner can catch up; the function lets it go again. */
  hold(view: string): () => void
}

const heldDocuments = 20_000
/** How long a live generation is taken for granted: asked for after every commit, it would cost more than the commits. */
const liveMs = 20

/** Makes the inline views of an app. */
export function inlineViews(engine: Engine, views: readonly CompiledView[], generations: Generations): InlineViews {
  const held = new Map<string, LruMap<string, Held>>()
  const heldBack = new Set<string>()
  const cacheOf = (generation: string): LruMap<string, Held> => {
    let cache = held.get(generation)
    if (!cache) {
      cache = new LruMap(heldDocuments)
      held.set(generation, cache)
    }
    return cache
  }

  const lived = new Map<string, { readonly generation: string; readonly at: number }>()
  const liveOf = async (view: CompiledView): Promise<string | null> => {
    if (heldBack.has(view.name)) return null
    const known = lived.get(view.name)
    if (known && performance.now() - known.at < liveMs) return known.generation
    const live = await generations.live(view)
    if (live) lived.set(view.name, { generation: live.id, at: performance.now() })
    return live?.id ?? null
  }

  const workOf = (view: CompiledView, events: readonly UnplacedEvent[]): readonly Work[] =>
    events
      .filter((event) => view.handles(event.category, event.type))
      .flatMap((event) => view.keys(event).map((key) => ({ event, key })))

  /** Fetches documents that are not held; says whether there were any. */
  const fetchMissing = async (generation: string, work: readonly Work[]): Promise<boolean> => {
    const cache = cacheOf(generation)
    const missing = [...new Set(work.map(({ key }) => key))].filter((key) => !cache.get(key))
    if (missing.length === 0) return false
    const found = new Map((await engine.views.get(generation, missing)).map((document) => [document.id, document]))
    for (const key of missing) {
      const stored = found.get(key)
      const document = stored?.body ? (JSON.parse(stored.body) as Record<string, unknown>) : null
      if (!cache.get(key)) cache.set(key, { document, revision: stored?.revision ?? 0 })
    }
    return true
  }

  const foldView = (view: CompiledView, generation: string, work: readonly Work[]): ViewWrite => {
    const cache = cacheOf(generation)
    const folded = new Map<string, { document: Held['document']; replaces: number; revision: number }>()
    for (const { event, key } of work) {
      const before = folded.get(key)
      const start = cache.get(key) ?? { document: null, revision: 0 }
      const document = view.fold(before ? before.document : start.document, event, key)
      folded.set(key, { document, replaces: start.revision, revision: before?.revision ?? newRevision() })
    }
    const documents: DocumentWrite[] = []
    for (const [id, { document, replaces, revision }] of folded) {
      documents.push({ id, ...view.encode(document), position: null, replaces, revision })
    }
    // Held only now: a handler that throws must leave nothing behind.
    for (const [id, { document, revision }] of folded) cache.set(id, { document, revision })
    return { generation, documents }
  }

  return {
    async fold(events) {
      if (views.length === 0 || events.length === 0) return []
      const uses: { view: CompiledView; generation: string; work: readonly Work[] }[] = []
      for (const view of views) {
        const generation = await liveOf(view)
        if (generation !== null) uses.push({ view, generation, work: workOf(view, events) })
      }
      for (let fetched = true; fetched; ) {
        fetched = false
        for (const { generation, work } of uses) if (await fetchMissing(generation, work)) fetched = true
      }
      // From here to the commit nothing waits: commits reach the store in the order in which they were folded.
      return uses.map(({ view, generation, work }) => foldView(view, generation, work))
    },
    committed(writes, applied) {
      writes.forEach((write, index) => {
        if (!applied[index]) held.delete(write.generation)
      })
    },
    forget(writes) {
      for (const { generation } of writes) held.delete(generation)
    },
    hold(view) {
      heldBack.add(view)
      return () => {
        heldBack.delete(view)
        lived.delete(view)
      }
    },
  }
}
