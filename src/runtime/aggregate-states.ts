/**
 * The states of aggregates: from memory, from a snapshot, from their events. A state from memory may be behind; who
 * relies on it guards the append with its version, or refreshes it first.
 */
import { createHash } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import type { AggregateDefinition, AnyAggregate } from '../model/aggregate.ts'
import { linksOf } from '../model/event.ts'
import { jsonSchemaOf } from '../model/json-schema.ts'
import type { UnplacedEvent } from '../model/recorded-event.ts'
import type { Schema } from '../model/schema.ts'
import type { Version } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { StoredEvent } from '../ports/event-store.ts'
import { decodeEvent, withoutPlace } from './codec.ts'
import { evolveState, freeze } from './fold.ts'
import { LruMap } from './lru.ts'
import type { Registry } from './registry.ts'

const pageSize = 1_000

/** An aggregate's state as it is held in memory. */
export interface HeldState {
  readonly state: unknown
  readonly version: Version
  /** The id of the event at `version`; null without events. */
  readonly eventId: string | null
  /** Milliseconds since 1970; null without events. */
  readonly recordedAt: number | null
  /** The version of the newest stored snapshot that is known of. */
  readonly snapshotAt: Version
}

/** The states of one app's aggregates. */
export interface AggregateStates {
  /** The state from memory, or undefined. */
  held(aggregate: AnyAggregate, id: string): HeldState | undefined
  /** The newest state: what memory holds, brought up to date from the store. */
  refresh(aggregate: AnyAggregate, id: string): Promise<HeldState>
  /**
   * The state after more events, which need no place yet.
   * @throws KhataError `handler-failed` when `evolve` is at fault
   */
  after(aggregate: AnyAggregate, state: unknown, events: readonly UnplacedEvent[]): unknown
  /** Takes in what was just committed on top of `before`. */
  advance(aggregate: AnyAggregate, id: string, before: HeldState, now: Omit<HeldState, 'snapshotAt'>): void
  /** A past state; memory is not used and not filled. */
  past(
    aggregate: AnyAggregate,
    id: string,
    moment: { readonly version?: Version; readonly recordedBy?: number },
  ): Promise<HeldState>
  /** Forgets what memory holds of a stream, or everything. */
  forget(category?: string, id?: string): void
}

/** Keeps the states of the `limit` aggregates used last. `onProblem` hears of states that no snapshot can hold. */
export function aggregateStates(
  engine: Engine,
  registry: Registry,
  limit: number,
  onProblem: (sentence: string) => void,
): AggregateStates {
  const memory = new LruMap<string, HeldState>(limit)
  const initials = new Map<AnyAggregate, { readonly state: unknown; readonly fingerprint: string }>()

  const startOf = (aggregate: AnyAggregate) => {
    let start = initials.get(aggregate)
    if (!start) {
      const definition: AggregateDefinition = aggregate.definition
      start = { state: freeze(structuredClone(definition.initial)), fingerprint: fingerprintOf(definition) }
      initials.set(aggregate, start)
    }
    return start
  }
  const emptyOf = (aggregate: AnyAggregate): HeldState => ({
    state: startOf(aggregate).state,
    version: 0,
    eventId: null,
    recordedAt: null,
    snapshotAt: 0,
  })

  const snapshotKey = (aggregate: AnyAggregate, id: string) => ({
    category: aggregate.name,
    streamId: id,
    stateVersion: aggregate.definition.snapshot?.stateVersion ?? 1,
    fingerprint: startOf(aggregate).fingerprint,
  })

  const foldOne = (aggregate: AnyAggregate, held: HeldState, stored: StoredEvent): HeldState => ({
    state: evolveState(aggregate.name, aggregate.definition, held.state, withoutPlace(decodeEvent(registry, stored))),
    version: stored.version,
    eventId: stored.id,
    recordedAt: stored.recordedAt,
    snapshotAt: held.snapshotAt,
  })

  const foldFrom = async (
    aggregate: AnyAggregate,
    id: string,
    start: HeldState,
    bounds: { readonly to?: Version; readonly recordedBy?: number },
  ): Promise<HeldState> => {
    let held = start
    for (;;) {
      const events = await engine.events.readStream({
        category: aggregate.name,
        streamId: id,
        from: held.version + 1,
        ...bounds,
        limit: pageSize,
      })
      for (const event of events) held = foldOne(aggregate, held, event)
      if (events.length < pageSize) return held
    }
  }

  /** Goes on from a held state; null when its last event is not the stream's any more. */
  const foldOn = async (aggregate: AnyAggregate, id: string, held: HeldState): Promise<HeldState | null> => {
    if (held.eventId === null) return foldFrom(aggregate, id, held, {})
    const range = { category: aggregate.name, streamId: id, from: held.version, limit: pageSize }
    const [same, ...events] = await engine.events.readStream(range)
    if (same?.id !== held.eventId) return null
    let now = held
    for (const event of events) now = foldOne(aggregate, now, event)
    return events.length < pageSize - 1 ? now : foldFrom(aggregate, id, now, {})
  }

  /** The best place to begin folding from: a snapshot of this very history, or the beginning. */
  const begin = async (aggregate: AnyAggregate, id: string, atMost?: Version): Promise<HeldState> => {
    const empty = emptyOf(aggregate)
    if (!aggregate.definition.snapshot) return empty
    const snapshot = await engine.work.snapshot(snapshotKey(aggregate, id), atMost)
    if (!snapshot) return empty
    const [event] = await engine.events.readStream({
      category: aggregate.name,
      streamId: id,
      from: snapshot.version,
      to: snapshot.version,
      limit: 1,
    })
    if (event?.id !== snapshot.eventId) return empty
    return {
      state: freeze(JSON.parse(snapshot.state)),
      version: snapshot.version,
      eventId: snapshot.eventId,
      recordedAt: event.recordedAt,
      snapshotAt: snapshot.version,
    }
  }

  const storeSnapshot = (aggregate: AnyAggregate, id: string, held: HeldState): void => {
    const text = jsonOf(held.state)
    if (held.eventId === null || text === null) {
      onProblem(
        `The state of ${aggregate.name} does not survive JSON, so no snapshot of it is stored: keep plain data in the state.`,
      )
      return
    }
    engine.events
      .commit({ snapshots: [{ ...snapshotKey(aggregate, id), version: held.version, state: text, eventId: held.eventId }] })
      // A snapshot is only ever a shortcut: the next one will do.
      .catch(() => {})
  }

  const keyOf = (aggregate: AnyAggregate, id: string): string => `${aggregate.name}/${id}`

  return {
    held: (aggregate, id) => memory.get(keyOf(aggregate, id)),
    async refresh(aggregate, id) {
      const known = memory.get(keyOf(aggregate, id))
      let held = known ? await foldOn(aggregate, id, known) : null
      // What memory holds is of a past that the store has lost.
      if (known && !held) memory.delete(keyOf(aggregate, id))
      held ??= await foldFrom(aggregate, id, await begin(aggregate, id), {})
      // A command may have moved on while this read.
      if (held.version >= (memory.get(keyOf(aggregate, id))?.version ?? 0)) memory.set(keyOf(aggregate, id), held)
      return held
    },
    after(aggregate, state, events) {
      let next = state
      for (const event of events) next = evolveState(aggregate.name, aggregate.definition, next, event)
      return next
    },
    advance(aggregate, id, before, now) {
      const policy = aggregate.definition.snapshot
      const due = policy !== null && now.version - before.snapshotAt >= policy.every
      const held: HeldState = { ...now, snapshotAt: due ? now.version : before.snapshotAt }
      memory.set(keyOf(aggregate, id), held)
      if (due) storeSnapshot(aggregate, id, held)
    },
    async past(aggregate, id, { version, recordedBy }) {
      let to = version
      if (recordedBy !== undefined) {
        const [last] = await engine.events.readStream({
          category: aggregate.name,
          streamId: id,
          backwards: true,
          recordedBy,
          limit: 1,
        })
        to = Math.min(last?.version ?? 0, version ?? Number.MAX_SAFE_INTEGER)
      }
      if (to === 0) return emptyOf(aggregate)
      return foldFrom(aggregate, id, await begin(aggregate, id, to), to === undefined ? {} : { to })
    },
    forget(category, id) {
      if (category === undefined || id === undefined) memory.clear()
      else memory.delete(`${category}/${id}`)
    },
  }
}

/** A state as JSON; null when it is not the same afterwards. */
function jsonOf(state: unknown): string | null {
  try {
    const text = JSON.stringify(state)
    return isDeepStrictEqual(JSON.parse(text), state) ? text : null
  } catch {
    return null
  }
}

/** Of everything that decides what a stored state means, as far as it can be seen. */
function fingerprintOf(definition: AggregateDefinition): string {
  const events = Object.entries<Schema>(definition.events).map(([type, schema]) => [
    type,
    linksOf(schema).length,
    jsonSchemaOf(schema, 'output'),
  ])
  return createHash('sha256')
    .update(JSON.stringify([definition.initial, events]))
    .digest('hex')
    .slice(0, 16)
}
