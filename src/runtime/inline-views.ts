/**
 * Inline views: folded before the commit and written with it. Documents that were just folded are kept, so that the
 * next command builds on them before the commit is back; the store proves each by its revision.
 */
import { KhataError } from '../model/error.ts'
import type { UnplacedEvent } from '../model/recorded-event.ts'
import type { Engine } from '../ports/engine.ts'
import type { DocumentWrite, ViewWrite } from '../ports/view-store.ts'
import type { CompiledView } from './compiled-view.ts'
import type { Generations } from './generations.ts'
import { heldDocuments } from './held-documents.ts'
import type { LruMap } from './lru.ts'
import { newRevision } from './revision.ts'

type Work = { readonly event: UnplacedEvent; readonly key: string }
type Held = { readonly document: Record<string, unknown> | null; readonly revision: number; readonly bytes: number }

interface Use {
  readonly view: CompiledView
  readonly generation: string
  readonly work: readonly Work[]
  readonly found: ReadonlyMap<string, Held>
}

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

const nothing: Held = { document: null, revision: 0, bytes: 0 }
const fetchedAtOnce = 1_000
/** A command may fold so many documents of one view: it does so while nothing else in the process goes on. */
const foldLimit = 100_000
/** How long a live generation is taken for granted: asked for after every commit, it would cost more than the commits. */
const liveMs = 20

/** Makes the inline views of an app. */
export function inlineViews(engine: Engine, views: readonly CompiledView[], generations: Generations): InlineViews {
  const held = new Map<string, LruMap<string, Held>>()
  const heldBack = new Set<string>()
  const cacheOf = (generation: string): LruMap<string, Held> => {
    let cache = held.get(generation)
    if (!cache) {
      cache = heldDocuments()
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

  const workOf = (view: CompiledView, events: readonly UnplacedEvent[]): readonly Work[] => {
    const work: Work[] = []
    for (const event of events) {
      if (!view.handles(event.category, event.type)) continue
      for (const key of view.keys(event)) work.push({ event, key })
      if (work.length > foldLimit) throw tooMuch(view.name)
    }
    return work
  }

  /**
   * The documents that are about to be folded, held or from the store: more of them than are held must be there together.
   * One that moves meanwhile is refused by the commit.
   */
  const fetch = async (generation: string, work: readonly Work[]): Promise<ReadonlyMap<string, Held>> => {
    const cache = cacheOf(generation)
    const found = new Map<string, Held>()
    const missing = new Set<string>()
    for (const { key } of work) {
      const known = cache.get(key)
      if (known) found.set(key, known)
      else missing.add(key)
    }
    const ids = [...missing]
    for (let from = 0; from < ids.length; from += fetchedAtOnce) {
      // Reads of a file are done at once: others get a turn in between.
      if (from > 0) await new Promise((resolve) => setImmediate(resolve))
      for (const { id, body, revision } of await engine.views.get(generation, ids.slice(from, from + fetchedAtOnce))) {
        const document = body ? (JSON.parse(body) as Record<string, unknown>) : null
        found.set(id, { document, revision, bytes: body?.length ?? 0 })
      }
    }
    return found
  }

  const foldView = ({ view, generation, work, found }: Use): ViewWrite => {
    const cache = cacheOf(generation)
    const folded = new Map<string, Pick<Held, 'document' | 'revision'> & { readonly replaces: number }>()
    for (const { event, key } of work) {
      const before = folded.get(key)
      // What another command has folded meanwhile is newer than what was found.
      const start = cache.get(key) ?? found.get(key) ?? nothing
      const document = view.fold(before ? before.document : start.document, event, key)
      folded.set(key, { document, replaces: start.revision, revision: before?.revision ?? newRevision() })
    }
    const documents: DocumentWrite[] = []
    for (const [id, { document, replaces, revision }] of folded) {
      documents.push({ id, ...view.encode(document), position: null, replaces, revision })
    }
    // Held only now: a handler that throws must leave nothing behind.
    for (const { id, body, revision } of documents) {
      cache.set(id, { document: folded.get(id)?.document ?? null, revision, bytes: body?.length ?? 0 })
    }
    return { generation, documents }
  }

  return {
    async fold(events) {
      if (views.length === 0 || events.length === 0) return []
      const uses: Use[] = []
      for (const view of views) {
        const generation = await liveOf(view)
        if (generation === null) continue
        const work = workOf(view, events)
        uses.push({ view, generation, work, found: await fetch(generation, work) })
      }
      // From here to the commit nothing waits: commits reach the store in the order in which they were folded.
      return uses.map(foldView)
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

function tooMuch(view: string): KhataError<'handler-failed'> {
  const message = `A command may change a document of the inline view ${view} ${foldLimit} times, each for one event and key: make several commands of it, or the view asynchronous.`
  return new KhataError('handler-failed', message, { handler: view })
}
