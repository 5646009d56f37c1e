/**
 * Feeds shards of a generation that stand at the same position: folds a page of events, writes each document once, moves
 * the checkpoints in the same commit. While one page is on its way to the disk, the next is folded.
 */
import { shardOf } from '../model/bucket.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Commit } from '../ports/event-store.ts'
import type { DeadLetterWrite, Note } from '../ports/reaction-store.ts'
import type { Generation, LeaseProof } from '../ports/work-store.ts'
import type { CompiledView } from './compiled-view.ts'
import { type Document, type FoldedDocument, type Portion, portionBytes, portionsOf } from './fold-portion.ts'
import { consumerOf } from './generations.ts'
import type { LruMap } from './lru.ts'
import type { ParkedDocuments, RecordedSkips } from './parked-documents.ts'
import type { TailPage } from './tail.ts'

/** A document in memory. */
export interface Held {
  readonly document: Document
  readonly bytes: number
}

/** Portions are gathered up to so many documents, bytes or events: a document that many of them change is written once. */
const gatheredDocuments = 2_000
const gatheredEvents = 5_000
const gatheredBytes = portionBytes

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
  let sentTo = start
  let gathered = nothing()
  /** What is being written: the store does not give it back yet. */
  let sent: ReadonlyMap<string, FoldedDocument> = new Map()
  let onItsWay: Promise<void> = Promise.resolve()

  /** Sends what was gathered on its way, once what was sent before has arrived. */
  const send = async (): Promise<void> => {
    await onItsWay
    if (position === sentTo) return
    const { documents, deadLetters, notes } = gathered
    const from = sentTo
    const to = position
    const commit = engine.events.commit({
      documents: [{ generation: generation.id, documents: [...documents.values()].map(({ write }) => write) }],
      checkpoints: shards.map((shard) => ({ consumer, shard, from, to })),
      leases: proofs,
      ...how.alongside,
      ...(deadLetters.length > 0 ? { deadLetters, notes } : {}),
    })
    sent = documents
    sentTo = to
    gathered = nothing()
    onItsWay = commit.then(({ outcome }) => {
      if (outcome !== 'committed') throw new FeedLost(`${generation.id}: ${outcome}`)
      written = to
      sent = new Map()
    })
    // Whoever feeds or flushes next hears of it; until then it must not count as unhandled.
    onItsWay.catch(() => {})
  }

  /** Documents as they are after what was folded: the newest is in what waits to be written, or is on its way. */
  const fetch = async (ids: ReadonlySet<string>): Promise<ReadonlyMap<string, Document>> => {
    const found = new Map<string, Document>()
    const missing: string[] = []
    for (const id of ids) {
      const known = gathered.documents.get(id) ?? sent.get(id) ?? held.get(id)
      if (known) found.set(id, known.document)
      else missing.push(id)
    }
    if (missing.length === 0) return found
    for (const { id, body } of await engine.views.get(generation.id, missing)) {
      found.set(id, body ? (JSON.parse(body) as Document) : null)
    }
    return found
  }

  const nextPortion = portionsOf({ view, parked, skips, fedHere, fetch })

  const gather = async ({ documents, bytes, stuck }: Portion, to: Position): Promise<void> => {
    if (gathered.bytes + bytes > gatheredBytes) await send()
    for (const folded of documents) {
      const { id } = folded.write
      gathered.bytes += folded.bytes - (gathered.documents.get(id)?.bytes ?? 0)
      gathered.documents.set(id, folded)
      held.set(id, { document: folded.document, bytes: folded.bytes })
    }
    for (const { id, event, error } of stuck) {
      const letter = parked?.park(id, event, error)
      gathered.deadLetters.push(...(letter?.deadLetters ?? []))
      gathered.notes.push(...(letter?.notes ?? []))
    }
    position = to
    const enough = gathered.documents.size >= gatheredDocuments || position - sentTo >= gatheredEvents
    if (enough) await send()
  }

  return {
    get position() {
      return position
    },
    get written() {
      return written
    },
    async feed(page, more = false) {
      for (let left = page.events; left.length > 0; ) {
        const portion = await nextPortion(left)
        const { count, failed } = portion
        const last = left[count - 1]
        left = left.slice(count)
        await gather(portion, failed ? failed.at - 1 : left.length > 0 && last ? last.position : page.to)
        if (!failed) continue
        await send()
        await onItsWay
        throw failed.error
      }
      position = page.to
      if (!more) await send()
    },
    async flush() {
      await send()
      await onItsWay
    },
  }
}

interface Gathered {
  readonly documents: Map<string, FoldedDocument>
  bytes: number
  readonly deadLetters: DeadLetterWrite[]
  readonly notes: Note[]
}

function nothing(): Gathered {
  return { documents: new Map(), bytes: 0, deadLetters: [], notes: [] }
}
