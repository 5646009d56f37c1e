/** The states of boundaries: folded from the events that a query finds in any stream, kept in memory by query. */
import type { AnyBoundary } from '../model/boundary.ts'
import type { EventQuery } from '../model/decision.ts'
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import { decodeEvent } from './codec.ts'
import { evolveState, freeze } from './fold.ts'
import { LruMap } from './lru.ts'
import { matches } from './match.ts'
import type { Registry } from './registry.ts'

const pageSize = 1_000

/** A boundary's state: everything that matches its query up to `position` is in it. */
export interface BoundaryState {
  readonly state: unknown
  readonly position: Position
}

/** One use of a boundary: what picks it, and the query that goes with that. */
export interface BoundaryUse {
  readonly boundary: AnyBoundary
  readonly of: unknown
  /** In the names of the code. */
  readonly query: EventQuery
  readonly key: string
}

/** The states of one app's boundaries. */
export interface BoundaryStates {
  held(use: BoundaryUse): BoundaryState | undefined
  /** The newest state: what memory holds, brought up to date from the store. */
  refresh(use: BoundaryUse): Promise<BoundaryState>
  /** The state after events that were just committed, up to position `last`, with no other match in between. */
  advance(use: BoundaryUse, before: BoundaryState, events: readonly RecordedEvent[], last: Position): void
  forget(): void
}

/** Keeps the states of the `limit` boundaries used last. */
export function boundaryStates(engine: Engine, registry: Registry, limit: number): BoundaryStates {
  const memory = new LruMap<string, BoundaryState>(limit)

  const fold = ({ boundary }: BoundaryUse, state: unknown, event: RecordedEvent): unknown =>
    evolveState(boundary.name, boundary.definition, state, event)

  return {
    held: (use) => memory.get(use.key),
    async refresh(use) {
      const start = memory.get(use.key)
      let state = start ? start.state : freeze(use.boundary.definition.initial(use.of as never))
      let position = start?.position ?? 0
      const query = registry.stored(use.query)
      for (;;) {
        const page = await engine.events.readLog({ after: position, query, limit: pageSize })
        for (const event of page.events) state = fold(use, state, decodeEvent(registry, event))
        position = page.scannedTo
        if (page.events.length < pageSize) break
      }
      const held = { state, position }
      memory.set(use.key, held)
      return held
    },
    advance(use, before, events, last) {
      let state = before.state
      for (const event of events) if (matches(use.query, event)) state = fold(use, state, event)
      memory.set(use.key, { state, position: last })
    },
    forget: () => memory.clear(),
  }
}
