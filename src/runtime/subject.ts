/** What a command is decided on: an aggregate's stream or a boundary, behind one face for the command bus. */
import type { AnyAggregate } from '../model/aggregate.ts'
import type { AnyBoundary } from '../model/boundary.ts'
import { KhataError } from '../model/error.ts'
import type { UnplacedEvent } from '../model/recorded-event.ts'
import type { Version } from '../model/units.ts'
import { validate } from '../model/validate.ts'
import type { CommitOutcome, Condition } from '../ports/event-store.ts'
import type { AggregateStates } from './aggregate-states.ts'
import type { BoundaryState, BoundaryStates, BoundaryUse } from './boundary-states.ts'
import { asynchronous, gavePromise } from './gave-promise.ts'
import type { CommandTarget, Registry } from './registry.ts'
import { checkStreamId } from './stream-name.ts'

type Committed = Extract<CommitOutcome, { outcome: 'committed' }>

/** A state to decide on, and how an append proves that it was the newest. */
export interface Subject {
  /** Commands with the same key are decided one at a time. */
  readonly key: string
  readonly category: string
  readonly streamId: string
  /** Whether there is a state yet; `refresh` gets one. */
  readonly loaded: boolean
  readonly state: unknown
  readonly version: Version
  /** The version that the own stream must be at. */
  readonly guard: { readonly expected: Version | null }
  readonly conditions: readonly Condition[]
  /** Reads the newest state. */
  refresh(): Promise<void>
  /** Reads the newest state if the present one came from memory; says whether it was another. */
  refreshed(): Promise<boolean>
  /**
   * The state with events that are about to be committed: `evolve` takes them in, or nothing is written.
   * @throws KhataError `handler-failed` when `evolve` is at fault
   */
  after(events: readonly UnplacedEvent[]): unknown
  /** Takes in what was just committed, with the state after it. */
  advance(state: unknown, events: readonly UnplacedEvent[], outcome: Committed): void
}

/** Makes subjects for commands. */
export interface Subjects {
  /** @throws KhataError `validation` when the input names no usable stream */
  of(target: CommandTarget, input: unknown): Subject
}

/** The subjects of an app. */
export function subjectsOf(registry: Registry, aggregates: AggregateStates, boundaries: BoundaryStates): Subjects {
  return {
    of(target, input) {
      if (target.kind === 'aggregate') {
        const field = target.definition.id
        const streamId = checkStreamId((input as Record<string, unknown>)[field], field)
        return streamSubject(registry.aggregates.get(target.owner) as AnyAggregate, streamId, aggregates)
      }
      return boundarySubject(registry, registry.boundaries.get(target.owner) as AnyBoundary, input, boundaries)
    },
  }
}

function streamSubject(aggregate: AnyAggregate, streamId: string, states: AggregateStates): Subject {
  const isOwn = (event: UnplacedEvent): boolean => event.category === aggregate.name && event.streamId === streamId
  let held = states.held(aggregate, streamId)
  let fresh = false
  let first = true
  return {
    key: `${aggregate.name}/${streamId}`,
    category: aggregate.name,
    streamId,
    get loaded() {
      // Between making this and its turn in the queue, other commands have moved the state in memory.
      if (first) held = states.held(aggregate, streamId)
      first = false
      return held !== undefined
    },
    get state() {
      return held?.state
    },
    get version() {
      return held?.version ?? 0
    },
    get guard() {
      return { expected: held?.version ?? 0 }
    },
    conditions: [],
    async refresh() {
      held = await states.refresh(aggregate, streamId)
      fresh = true
    },
    async refreshed() {
      if (fresh) return false
      const before = held?.version
      held = await states.refresh(aggregate, streamId)
      fresh = true
      return held.version !== before
    },
    after: (events) => states.after(aggregate, held?.state, events.filter(isOwn)),
    advance(state, events, outcome) {
      const last = events.findLast(isOwn)
      if (held && last) {
        // The own stream is always the first that is written: it is guarded.
        const version = outcome.versions[0] as Version
        states.advance(aggregate, streamId, held, { state, version, eventId: last.id, recordedAt: outcome.recordedAt })
      }
      // States of other streams in memory are behind now; they are found out by their guard.
      for (const event of events) if (!isOwn(event)) states.forget(event.category, event.streamId)
    },
  }
}

function boundarySubject(registry: Registry, boundary: AnyBoundary, input: unknown, states: BoundaryStates): Subject {
  const checked = validate(boundary.definition.of, input)
  if (checked.errors)
    throw new KhataError('validation', `The input does not pick a ${boundary.name}.`, { errors: checked.errors })
  const of = checked.value as never
  const query = boundary.definition.consult(of)
  if (gavePromise(query)) throw asynchronous(`consult of the boundary '${boundary.name}'`, boundary.name)
  if (query.length === 0 || query.some((item) => !item.tags?.length && !item.types?.length)) {
    throw new KhataError(
      'handler-failed',
      `consult of the boundary '${boundary.name}' gave an item without types and tags: it would depend on the whole log.`,
      { handler: boundary.name },
    )
  }
  const items = query.map((item) => ({ item, key: JSON.stringify(item) }))
  const use: BoundaryUse = { boundary, of, query, items, key: `${boundary.name}?${JSON.stringify([of, query])}` }
  const streamId = checkStreamId(boundary.definition.stream(of), 'stream')
  let held: BoundaryState | undefined
  let fresh = false
  let first = true
  return {
    key: use.key,
    category: boundary.name,
    streamId,
    get loaded() {
      // Not before its turn in the queue: making a state of what memory holds costs a fold, and others may move it.
      if (first) held = states.held(use)
      first = false
      return held !== undefined
    },
    get state() {
      return held?.state
    },
    // A boundary's stream is only where its events go: what guards them is the query.
    version: 0,
    guard: { expected: null },
    get conditions() {
      const stored = registry.stored(query)
      return stored.map((item, index) => ({
        query: [item],
        after: held?.positions[index] ?? 0,
        clause: 'moved-on' as const,
      }))
    },
    async refresh() {
      held = await states.refresh(use)
      fresh = true
    },
    async refreshed() {
      if (fresh) return false
      const before = held?.state
      held = await states.refresh(use)
      fresh = true
      return held.state !== before
    },
    after: (events) => states.after(use, held?.state, events),
    advance(state, events, { first, last }) {
      const written = events.map((event, index) => ({ position: first + index, event }))
      if (held && written.length > 0) states.advance(use, held, state, written, last)
    },
  }
}
