import type { TablesOption } from '../ports/engine.ts'
import type { Synchronous } from './connection.ts'
import type { Failure } from './failure.ts'
import type { Sharing } from './pace.ts'
import type { PackedJobs } from './packed-jobs.ts'
import type { PackedResults } from './packed-results.ts'
import type { Cost } from './transaction.ts'

/** What the writer's thread is started with. */
export interface WorkerStart {
  readonly location: string
  readonly store: string
  readonly home: string
  readonly synchronous: Synchronous
  readonly tables: TablesOption
}

/** Jobs for the writer's thread. */
export interface JobsToWorker {
  readonly jobs: PackedJobs
  /** The time, when the app brought its own clock; null: the system's, under the lock. */
  readonly now: number | null
  readonly sharing: Sharing
}

/** To the writer's thread. */
export type ToWorker = JobsToWorker | 'close'

/** From the writer's thread. */
export type FromWorker =
  | { readonly ready: true }
  | { readonly failure: Failure }
  | { readonly results: PackedResults; readonly cost: Cost }
