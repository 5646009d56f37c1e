/**
 * The states of boundaries: folded from the events that a query finds in any stream. Memory keeps states by use, and events
 * by the items of queries (`boundary-items.ts`), of which a state that was never asked for can be made without a read.
 */
import type { AnyBoundary } from '../model/boundary.ts'
import type { EventQuery } from '../model/decision.ts'
import type { UnplacedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import { boundaryItems, type Item, type Match, mergedItems } from './boundary-items.ts'
import { evolveState, freeze } from './fold.ts'
import { asynchronous, gavePromise } from './gave-promise.ts'
import { LruMap } from './lru.ts'
import { matches } from './match.ts'
import type { Registry } from './registry.ts'

/** A boundary's state: of each item of its query, everything that matches up to the item's position is in it. */
export interface BoundaryState {
  readonly state: unknown
  readonly positions: readonly Position[]
}

/** A state that was read, or proved by an append: everything up to `position` is in it. */
interface KnownState {
  readonly state: unknown
  readonly position: Position
}

/** One use of a boundary: what picks it, and the query that goes with that. */
export interface BoundaryUse {
  readonly boundary: AnyBoundary
  readonly of: unknown
  /** In the names of the code. */
  readonly query: EventQuery
  readonly items: readonly Item[]
  readonly key: string
}

/** The states of one app's boundaries. */
export interface BoundaryStates {
  /** The state as memory knows it: an append has to prove that it is the newest. */
  held(use: BoundaryUse): BoundaryState | undefined
  /** The newest state, as of one position: what memory holds, brought up to date from the store. */
  refresh(use: BoundaryUse): Promise<BoundaryState>
  /**
   * The state after more events, which need no place yet; those that do not match are passed over.
   * @throws KhataError `handler-failed` when `evolve` is at fault
   */
  after(use: BoundaryUse, state: unknown, events: readonly UnplacedEvent[]): unknown
  /** Takes in what was just committed on top of `before`, up to position `last`, with no other match in between. */
  advance(use: BoundaryUse, before: BoundaryState, state: unknown, written: readonly Match[], last: Position): void
  forget(): void
}

/** Keeps the states of the `limit` boundaries used last. */
export function boundaryStates(engine: Engine, registry: Registry, limit: number): BoundaryStates {
  const memory = new LruMap<string, KnownState>(limit)
  const items = boundaryItems(engine, registry)

  const fold = ({ boundary }: BoundaryUse, state: unknown, found: readonly Match[]): unknown => {
    let next = state
    for (const { event } of found) next = evolveState(boundary.name, boundary.definition, next, event)
    return next
  }

  const initial = ({ boundary, of }: BoundaryUse): KnownState => {
    const state: unknown = boundary.definition.initial(of as never)
    if (gavePromise(state)) throw asynchronous(`initial of the boundary '${boundary.name}'`, boundary.name)
    return { state: freeze(state), position: 0 }
  }

  return {
    held(use) {
      const known = memory.get(use.key)
      const held = items.held(use.items)
      if (!held) return known && { state: known.state, positions: use.items.map(() => known.position) }
      const { state, position } = known ?? initial(use)
      return {
        state: fold(use, state, mergedItems(held, position)),
        positions: held.map((item) => Math.max(item.position, position)),
      }
    },
    async refresh(use) {
      const { state, position: from } = memory.get(use.key) ?? initial(use)
      const { events, position } = await items.read(use.items, from)
      const known = { state: fold(use, state, events), position }
      memory.set(use.key, known)
      return { state: known.state, positions: use.items.map(() => position) }
    },
    after({ boundary, query }, state, events) {
      let next = state
      for (const event of events) if (matches(query, event)) next = evolveState(boundary.name, boundary.definition, next, event)
      return next
    },
    advance(use, before, state, written, last) {
      memory.set(use.key, { state, position: last })
      items.advance(use.items, before.positions, written, last)
    },
    forget() {
      memory.clear()
      items.forget()
    },
  }
}
