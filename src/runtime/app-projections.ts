/** Projections as an app shows them. */
import type { Freshness } from '../model/query.ts'
import type { Position } from '../model/units.ts'

/** What a projection is doing. */
export interface ProjectionStatus {
  readonly name: string
  readonly mode: 'async' | 'inline'
  readonly version: number
  /** `idle`: no process feeds it. `retrying` and `stopped` are known of this process only. */
  readonly state: 'live' | 'catching-up' | 'retrying' | 'building' | 'stopped' | 'idle'
  /** The live generation's checkpoint. */
  readonly position: Position
  readonly head: Position
  /** Positions behind the head. */
  readonly lag: number
  readonly documents: number
  /** Into how many shards it is divided. */
  readonly shards: number
  /** Who feeds them: processes as `host:process id`, with how many shards each has. */
  readonly feeders: readonly { readonly process: string; readonly shards: number }[]
  /** Why it is retrying or stopped; null otherwise. */
  readonly error: string | null
  readonly rebuild: RebuildStatus | null
}

/** How far a rebuild is. */
export interface RebuildStatus {
  readonly generation: string
  readonly state: 'requested' | 'building' | 'live' | 'cancelled' | 'failed'
  readonly position: Position
  readonly head: Position
  /** 0 to 1. */
  readonly progress: number
  readonly eventsPerSecond: number
  /** Milliseconds until it takes over, by the present rate; null while unknown. */
  readonly etaMs: number | null
  readonly error: string | null
}

/** What an operator does with projections. */
export interface Projections {
  list(): Promise<readonly ProjectionStatus[]>
  /** One projection. Throws `unknown-projection`. */
  status(name: string): Promise<ProjectionStatus>
  /** Asks for a new generation beside the live one; resolves when it is registered. Throws `rebuild-running`. */
  rebuild(name: string): Promise<RebuildStatus>
  /** Ends a running rebuild; the live generation stays. */
  cancelRebuild(name: string): Promise<void>
  /** Waits until every view has reached a place, by default the present head. Throws `still-processing`. */
  caughtUp(options?: Freshness & { readonly views?: readonly string[] }): Promise<void>
  /**
   * Compares every document of a view with a fresh fold of the log; returns the differences, at most 100. A document that
   * waits behind a dead letter is compared as it was before, and is no difference. Throws `still-processing` when the view
   * does not reach the head within `waitMs`, by default and at most a minute, and `handler-failed` when its `key` fails.
   */
  verify(name: string, progress?: (done: number, total: number) => void, waitMs?: number): Promise<readonly string[]>
}
