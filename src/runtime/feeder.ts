/**
 * Feeds shards of a generation that stand at the same position: folds a page of events, writes each document once, moves
 * the checkpoints in the same commit. While one page is on its way to the disk, the next is folded.
 */
import { shardOf } from '../model/bucket.ts'
import type { RecordedEvent, UnplacedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Commit } from '../ports/event-store.ts'
import type { DeadLetterWrite, Note } from '../ports/reaction-store.ts'
import type { DocumentWrite } from '../ports/view-store.ts'
import type { Generation, LeaseProof } from '../ports/work-store.ts'
import type { CompiledView } from './compiled-view.ts'
import { consumerOf } from './generations.ts'
import type { LruMap } from './lru.ts'
import type { ParkedDocuments, RecordedSkips } from './parked-documents.ts'
import { newRevision } from './revision.ts'
import type { TailPage } from './tail.ts'

type Document = Record<string, unknown> | null
type Dirty = { readonly document: Document; readonly position: Position }

/** A document in memory. */
export interface Held {
  readonly document: Document
}

/** So many documents of a generation are kept in memory. */
export const heldDocuments = 20_000
/** Pages are gathered up to so many documents or events: a document that many of them change is written once. */
const gatheredDocuments = 2_000
const gatheredEvents = 5_000

/** The store did not take a page: somebody else owns or moved the generation. Begin again from the store. */
export class FeedLost extends Error {}

/** What a feeder does about handlers that fail. */
export interface FeedOptions {
  /** Where documents wait whose handler failed; null: the first failure ends the feeding. */
  readonly parked: ParkedDocuments | null
  readonly skips: RecordedSkips
  /** Documents in memory, as they are after what was folded. */
  readonly documents: LruMap<string, Held>
  /** Rides with each commit. */
  readonly alongside?: Pick<Commit, 'generations'>
}

/** The shards that are fed, each under its lease. */
export interface FedShards {
  readonly generation: Generation
  /** Into how many the generation is divided. */
  readonly count: number
  readonly leases: ReadonlyMap<number, LeaseProof>
}

/** Feeds shards of one generation. */
export interface Feeder {
  /** Everything up to here is folded; `written` says what is safe. */
  readonly position: Position
  readonly written: Position
  /**
   * Folds a page and sends it on its way; with `more` to come soon, it may wait for the next ones.
   * @throws FeedLost; KhataError `handler-failed`, after everything before the failing event was written
   */
  feed(page: TailPage, more?: boolean): Promise<void>
  /** Waits until all is written. Throws as `feed`. */
  flush(): Promise<void>
}

/** A feeder of shards whose checkpoints are all at the start. */
export function feederOf(
  engine: Engine,
  view: CompiledView,
  { generation, count, leases }: FedShards,
  start: Position,
  how: FeedOptions,
): Feeder {
  const { parked, skips, documents: held } = how
  const shards = [...leases.keys()]
  const proofs = [...leases.values()]
  const consumer = consumerOf(generation)
  const fedHere: (key: string) => boolean = leases.size === count ? () => true : (key) => leases.has(shardOf(key, count))
  let position = start
  let written = start
  let onItsWay: Promise<void> = Promise.resolve()

  let sentTo = start
  let gathered = nothing()

  /** Sends what was gathered on its way, once the one before has arrived. */
  const send = async (): Promise<void> => {
    await onItsWay
    if (position === sentTo) return
    const { dirty, deadLetters, notes } = gathered
    const from = sentTo
    const to = position
    const sent = engine.events.commit({
      documents: [{ generation: generation.id, documents: [...dirty].map(writeOf) }],
      checkpoints: shards.map((shard) => ({ consumer, shard, from, to })),
      leases: proofs,
      ...how.alongside,
      ...(deadLetters.length > 0 ? { deadLetters, notes } : {}),
    })
    gathered = nothing()
    sentTo = to
    onItsWay = sent.then(({ outcome }) => {
      if (outcome !== 'committed') throw new FeedLost(`${generation.id}: ${outcome}`)
      written = to
    })
    // Whoever feeds or flushes next hears of it; until then it must not count as unhandled.
    onItsWay.catch(() => {})
  }

  const writeOf = ([id, { document, position }]: readonly [string, Dirty]): DocumentWrite => ({
    id,
    ...view.encode(document),
    position,
    replaces: 0,
    revision: newRevision(),
  })

  const fetchMissing = async (keys: ReadonlySet<string>): Promise<void> => {
    const missing = [...keys].filter((key) => !held.get(key) && !gathered.dirty.has(key))
    if (missing.length === 0) return
    const found = new Map((await engine.views.get(generation.id, missing)).map((document) => [document.id, document.body]))
    for (const key of missing) {
      const body = found.get(key)
      held.set(key, { document: body ? (JSON.parse(body) as Document) : null })
    }
  }

  /** Folds until the end or the first event whose handler fails. */
  const fold = async (events: readonly RecordedEvent[]) => {
    const dirty = new Map<string, Dirty>()
    let failed: { readonly error: unknown; readonly at: Position } | null = null
    const work: { event: RecordedEvent; seen: UnplacedEvent; keys: readonly string[] }[] = []
    const all = new Set<string>()
    for (const event of events) {
      if (!view.handles(event.category, event.type)) continue
      try {
        const seen = view.seen(event)
        const keys = view.keys(seen).filter(fedHere)
        work.push({ event, seen, keys })
        for (const key of keys) all.add(key)
      } catch (error) {
        failed = { error, at: event.position }
        break
      }
    }
    // More documents than are held must still be there when their turn comes.
    await fetchMissing(all)
    const start = new Map<string, Document>()
    for (const key of all) start.set(key, (gathered.dirty.get(key) ?? held.get(key))?.document ?? null)
    if (all.size > heldDocuments) await fetchInto(start, all)

    const letters: { deadLetters: DeadLetterWrite[]; notes: Note[] } = { deadLetters: [], notes: [] }
    for (const { event, seen, keys } of work) {
      if (failed && event.position >= failed.at) break
      for (const key of keys) {
        if (parked?.has(key) || skips.has(event, key)) continue
        const before = dirty.get(key) ?? { document: start.get(key) ?? null }
        try {
          dirty.set(key, { document: view.fold(before.document, seen, key), position: event.position })
        } catch (error) {
          if (!parked) {
            failed = { error, at: event.position }
            break
          }
          const letter = parked.park(key, event, error)
          letters.deadLetters.push(...(letter.deadLetters ?? []))
          letters.notes.push(...(letter.notes ?? []))
        }
      }
    }
    return { dirty, letters, failed }
  }

  const fetchInto = async (start: Map<string, Document>, keys: ReadonlySet<string>): Promise<void> => {
    await send()
    await onItsWay
    for (const stored of await engine.views.get(generation.id, [...keys])) {
      start.set(stored.id, stored.body ? (JSON.parse(stored.body) as Document) : null)
    }
  }

  return {
    get position() {
      return position
    },
    get written() {
      return written
    },
    async feed(page, more = false) {
      const { dirty, letters, failed } = await fold(page.events)
      for (const [key, entry] of dirty) {
        held.set(key, { document: entry.document })
        gathered.dirty.set(key, entry)
      }
      gathered.deadLetters.push(...letters.deadLetters)
      gathered.notes.push(...letters.notes)
      position = failed ? failed.at - 1 : page.to
      const enough = gathered.dirty.size >= gatheredDocuments || position - sentTo >= gatheredEvents
      if (!more || enough || failed) await send()
      if (failed) {
        await onItsWay
        throw failed.error
      }
    },
    async flush() {
      await send()
      await onItsWay
    },
  }
}

function nothing(): { readonly dirty: Map<string, Dirty>; readonly deadLetters: DeadLetterWrite[]; readonly notes: Note[] } {
  return { dirty: new Map(), deadLetters: [], notes: [] }
}
