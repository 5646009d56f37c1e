/**
 * Documents of one generation, of the shards that are fed here, whose handler failed. Each waits behind a letter while all
 * others go on; a query that depends on one is told so. A handler is pure, so it is not tried again by itself: somebody
 * deploys a better one and retries, or discards the event for this document, which rebuilds honour.
 */
import { v7 } from 'uuid'
import type { RecordedEvent, UnplacedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Commit, StoredEvent } from '../ports/event-store.ts'
import type { DeadLetter, Note } from '../ports/reaction-store.ts'
import type { Generation, LeaseProof } from '../ports/work-store.ts'
import { decodeForHandlers } from './codec.ts'
import type { CompiledView } from './compiled-view.ts'
import { FeedLost } from './feeder.ts'
import { consumerOf } from './generations.ts'
import { describeFailure } from './message-of.ts'
import { lettersOf } from './reactions/letters.ts'
import { noter } from './reactions/notes.ts'
import type { Registry } from './registry.ts'
import { newRevision } from './revision.ts'

type Document = Record<string, unknown> | null

/** What a letter says of its event, which perhaps cannot be decoded. */
type Failing = Pick<RecordedEvent, 'position' | 'id' | 'type'>

/** What parking works with. */
export interface ParkingParts {
  readonly engine: Engine
  readonly registry: Registry
  readonly clock: () => number
  readonly codeVersion: string | null
}

/** The parked documents of a generation. */
export interface ParkedDocuments {
  readonly size: number
  has(document: string): boolean
  /** Parks a document; what is returned rides with the commit of the page. */
  park(document: string, event: RecordedEvent, cause: unknown): Pick<Commit, 'deadLetters' | 'notes'>
  /** Whether somebody wants a document retried, or its event discarded. */
  asked(): Promise<boolean>
  /**
   * Folds the documents again that somebody wants retried, up to a position that everything else has reached; answers
   * which of them are up to date again. A document is left alone when there is no lease for it.
   */
  retry(upTo: Position, leaseOf: (document: string) => LeaseProof | undefined): Promise<readonly string[]>
}

/** Events that were discarded for one document of a view, whatever its generation. */
export interface RecordedSkips {
  has(event: UnplacedEvent, document: string): boolean
  add(eventId: string, document: string): void
}

const pageSize = 500
/** States of a letter that somebody wants something done about. */
const askedStates = ['retrying', 'discarding'] as const
const skipPrefix = 'projection/'
const skipConsumer = (view: string): string => `${skipPrefix}${view}`
const skipKinds = ['discarded']

/** Reads what was discarded for a view's documents. */
export async function recordedSkips(engine: Engine, view: string): Promise<RecordedSkips> {
  const limit = Number.MAX_SAFE_INTEGER
  const notes = await engine.reactions.notes({ kinds: skipKinds, consumer: skipConsumer(view), limit })
  const skips = new Set(
    notes.map(({ eventId, detail }) => `${eventId} ${(JSON.parse(detail) as { document: string }).document}`),
  )
  return {
    has: (event, document) => skips.size > 0 && skips.has(`${event.id} ${document}`),
    add: (eventId, document) => skips.add(`${eventId} ${document}`),
  }
}

/** The notes that say what was discarded for documents of all views: what a copy of the store needs to build them alike. */
export async function skipNotes(engine: Engine): Promise<readonly Note[]> {
  const notes = await engine.reactions.notes({ kinds: skipKinds, limit: Number.MAX_SAFE_INTEGER })
  return notes.filter(({ consumer }) => consumer?.startsWith(skipPrefix))
}

/** Reads the parked documents of a generation that are fed here. */
export async function parkedDocuments(
  { engine, registry, clock, codeVersion }: ParkingParts,
  view: CompiledView,
  generation: Generation,
  skips: RecordedSkips,
  fedHere: (document: string) => boolean,
): Promise<ParkedDocuments> {
  const consumer = consumerOf(generation)
  const notes = noter(engine, clock)
  const letters = lettersOf(engine)
  const parked = new Set<string>()
  for await (const { lane } of letters.all(consumer)) if (fedHere(lane)) parked.add(lane)

  const letterOf = (document: string, event: Failing, cause: unknown, before: DeadLetter | null): DeadLetter => ({
    id: before?.id ?? v7(),
    consumer,
    lane: document,
    position: event.position,
    eventId: event.id,
    eventType: event.type,
    state: 'parked',
    ...describeFailure(cause),
    attempts: before?.eventId === event.id ? before.attempts + 1 : 1,
    codeVersion,
    correction: null,
    parkedAt: before?.parkedAt ?? clock(),
    changedAt: Math.max(clock(), (before?.changedAt ?? 0) + 1),
  })

  /** An event as code sees it, if it belongs to a document. Nobody looks at the data of one that was discarded for it. */
  const ownEvent = (stored: StoredEvent, document: string, skipped: RecordedSkips['has']): UnplacedEvent | null => {
    const event = view.seen(decodeForHandlers(registry, stored))
    if (!view.handles(event.category, event.type) || skipped(event, document)) return null
    return view.keys(event).includes(document) ? event : null
  }

  /** A document after all its events up to a position, or before the one that fails. */
  const foldAgain = async (
    id: string,
    start: Document,
    after: Position,
    upTo: Position,
    skipped: RecordedSkips['has'],
  ): Promise<{ document: Document; position: Position; failed: { event: Failing; cause: unknown } | null }> => {
    let document = start
    let position = after
    let from = after
    const categories = view.projection.definition.from.map((source: { readonly name: string }) => source.name)
    for (;;) {
      const page = await engine.events.readLog({ after: from, upTo, query: [{ categories }], limit: pageSize })
      for (const stored of page.events) {
        try {
          const event = ownEvent(stored, id, skipped)
          if (!event) continue
          document = view.fold(document, event, id)
          position = stored.position
        } catch (cause) {
          const type = registry.storedKind(stored.category, stored.type)?.type ?? stored.type
          return { document, position, failed: { event: { ...stored, type }, cause } }
        }
      }
      if (!page.full) return { document, position, failed: null }
      from = page.scannedTo
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  const retryOne = async (letter: DeadLetter, upTo: Position, lease: LeaseProof): Promise<boolean> => {
    const { lane, eventId } = letter
    const discarded = letter.state === 'discarding'
    const skipped: RecordedSkips['has'] = (event, document) => (discarded && event.id === eventId) || skips.has(event, document)
    const [stored] = await engine.views.get(generation.id, [lane])
    // Commands fold into documents of an inline view whether one waits or not: then only its whole past is right.
    const isAhead = stored !== undefined && stored.position >= letter.position
    const start = stored?.body && !isAhead ? (JSON.parse(stored.body) as Document) : null
    const { document, position, failed } = await foldAgain(lane, start, isAhead ? 0 : letter.position - 1, upTo, skipped)
    const write = { id: lane, ...view.encode(document), position, replaces: 0, revision: newRevision() }
    const note = discarded
      ? notes.make('discarded', skipConsumer(view.name), eventId, { document: lane, reason: letter.error })
      : notes.make('resumed', consumer, eventId, { lane })
    const { outcome } = await engine.events.commit({
      leases: [lease],
      // A commit of another process that carried the view along has folded into a document that is written over here.
      ...(view.mode === 'inline' ? { checkpoints: [{ consumer, shard: 0, from: upTo, to: upTo }] } : {}),
      documents: [{ generation: generation.id, documents: [write] }],
      deadLetters: failed
        ? [{ letter: letterOf(lane, failed.event, failed.cause, letter), expected: letter.changedAt }]
        : [{ remove: letter.id, expected: letter.changedAt }],
      ...(failed && !discarded ? {} : { notes: [note] }),
    })
    // Somebody changed the letter meanwhile: it is looked at again as it is now.
    if (outcome === 'stale') return false
    if (outcome !== 'committed') throw new FeedLost(`${generation.id}: ${outcome}`)
    if (discarded) skips.add(eventId, lane)
    if (!failed) parked.delete(lane)
    return !failed
  }

  return {
    get size() {
      return parked.size
    },
    has: (document) => parked.has(document),
    park(document, event, cause) {
      parked.add(document)
      const letter = letterOf(document, event, cause, null)
      return {
        deadLetters: [{ letter, expected: null }],
        notes: [notes.make('parked', consumer, event.id, { document, error: letter.error })],
      }
    },
    async asked() {
      for (const state of askedStates) {
        for await (const _ of letters.all(consumer, state)) return true
      }
      return false
    },
    async retry(upTo, leaseOf) {
      const done: string[] = []
      for (const state of askedStates) {
        for await (const letter of letters.all(consumer, state)) {
          const lease = leaseOf(letter.lane)
          if (lease && (await retryOne(letter, upTo, lease))) done.push(letter.lane)
        }
      }
      return done
    },
  }
}
