/**
 * Folds a page of events, portion by portion, into documents that are ready to be written. A portion is as many events as
 * change so many documents; fewer, when what comes out of them is too much for one commit, down to a single event, whose
 * documents are written together whatever they are.
 */
import type { RecordedEvent, UnplacedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { DocumentWrite } from '../ports/view-store.ts'
import type { CompiledView } from './compiled-view.ts'
import type { ParkedDocuments, RecordedSkips } from './parked-documents.ts'
import { newRevision } from './revision.ts'

/** A document as handlers see it; null for none. */
export type Document = Record<string, unknown> | null

/** A document after a portion. */
export interface FoldedDocument {
  readonly document: Document
  readonly write: DocumentWrite
  readonly bytes: number
}

/** A document whose handler failed, at an event. */
export interface StuckDocument {
  readonly id: string
  readonly event: RecordedEvent
  readonly error: unknown
}

/** What came out of a portion. */
export interface Portion {
  /** How many of the events are in it. */
  readonly count: number
  readonly documents: readonly FoldedDocument[]
  readonly bytes: number
  /** Those that wait from here on. */
  readonly stuck: readonly StuckDocument[]
  /** Nothing can be folded from this event on. */
  readonly failed: { readonly error: unknown; readonly at: Position } | null
}

/** What a portion's events are folded with. */
export interface FoldParts {
  readonly view: CompiledView
  /** Where documents wait whose handler failed; null: the first failure ends the folding. */
  readonly parked: ParkedDocuments | null
  readonly skips: RecordedSkips
  /** Whether a document is fed here. */
  readonly fedHere: (id: string) => boolean
  /** Documents as they are before the portion; those that there are not may be left out. */
  readonly fetch: (ids: ReadonlySet<string>) => Promise<ReadonlyMap<string, Document>>
}

interface Work {
  readonly event: RecordedEvent
  readonly seen: UnplacedEvent
  readonly keys: readonly string[]
}

interface Plan {
  readonly count: number
  readonly work: readonly Work[]
  readonly keys: ReadonlySet<string>
  readonly failed: Portion['failed']
}

/** A portion changes so many documents, unless a single event changes more. */
const portionDocuments = 2_000
/** A portion's documents have so many bytes, unless those of a single event have more. */
export const portionBytes = 8 * 1024 * 1024
const mostEvents = 1_000

/** Folds the next portion of some events; there must be one at least. */
export function portionsOf({ view, parked, skips, fedHere, fetch }: FoldParts) {
  let eventLimit = mostEvents

  const plan = (events: readonly RecordedEvent[]): Plan => {
    const work: Work[] = []
    const keys = new Set<string>()
    let count = 0
    for (const event of events) {
      if (count === eventLimit) break
      if (view.handles(event.category, event.type)) {
        let next: Work
        try {
          const seen = view.seen(event)
          next = { event, seen, keys: view.keys(seen).filter(fedHere) }
        } catch (error) {
          return { count, work, keys, failed: { error, at: event.position } }
        }
        if (count > 0 && keys.size + next.keys.length > portionDocuments) break
        work.push(next)
        for (const key of next.keys) keys.add(key)
      }
      count++
    }
    return { count, work, keys, failed: null }
  }

  /** Folds until the end or, when nothing may wait, the first event that fails, of which nothing is kept. */
  const fold = ({ work, failed }: Plan, before: ReadonlyMap<string, Document>) => {
    const after = new Map<string, { readonly document: Document; readonly event: RecordedEvent }>()
    const stuck = new Map<string, StuckDocument>()
    for (const { event, seen, keys } of work) {
      const changed: [id: string, document: Document][] = []
      for (const id of keys) {
        if (stuck.has(id) || parked?.has(id) || skips.has(event, id)) continue
        const last = after.get(id)
        try {
          changed.push([id, view.fold(last ? last.document : (before.get(id) ?? null), seen, id)])
        } catch (error) {
          if (!parked) return { after, stuck, failed: { error, at: event.position } }
          stuck.set(id, { id, event, error })
        }
      }
      for (const [id, document] of changed) after.set(id, { document, event })
    }
    return { after, stuck, failed }
  }

  /** A portion as it is written; null when it is too much for one commit. */
  const encode = ({ count }: Plan, { after, stuck, failed }: ReturnType<typeof fold>): Portion | null => {
    const documents: FoldedDocument[] = []
    let bytes = 0
    for (const [id, { document, event }] of after) {
      const write = { id, ...view.encode(document), position: event.position, replaces: 0, revision: newRevision() }
      const size = (write.body?.length ?? 0) + (write.text?.length ?? 0) + 100
      documents.push({ document, write, bytes: size })
      bytes += size
      if (bytes > portionBytes && count > 1) return null
    }
    return { count, documents, bytes, stuck: [...stuck.values()], failed }
  }

  return async (events: readonly RecordedEvent[]): Promise<Portion> => {
    for (;;) {
      const planned = plan(events)
      const portion = encode(planned, fold(planned, await fetch(planned.keys)))
      if (!portion) {
        eventLimit = Math.ceil(planned.count / 2)
        continue
      }
      // Only well below the limit: what was just too much would be folded in vain again and again.
      if (portion.bytes < portionBytes / 4) eventLimit = Math.min(eventLimit * 2, mostEvents)
      return portion
    }
  }
}
