import type { Cost } from './transaction.ts'

/**
 * How a batch shares its flush to the disk: it waits for others that follow at once, takes in what has arrived by then, or
 * is on its own.
 */
export type Sharing = 'waits' | 'takes' | 'alone'

/**
 * Decides when jobs are sent while callers are still asking or others are in work.
 *
 * Callers that are answered together ask again together. Sending only when all have asked makes the fewest flushes, but then
 * this thread and the writer's take turns at idling. Three ways, chosen by what was measured:
 *
 * - *in halves*: two batches take turns, each with a flush of its own, so that neither thread waits for the other. Pays when
 *   callers take longer than half a flush.
 * - *in parts*: when flushes are slower, but callers ask faster than jobs are performed, the writer may start with the first
 *   few. It takes in what has arrived before it flushes, so that the number of flushes stays the same.
 * - *as one*: otherwise.
 */
export interface Pace {
  /** A transaction reached the disk; null: there is no disk. */
  flushed(cost: Cost | null): void
  /** So many callers that were answered took so long until they had all asked again. */
  asked(jobs: number, ms: number): void
  /** Whether jobs that wait should be sent now, without waiting for more, and how they share their flush. */
  goAhead(waiting: number, inWork: number): Sharing | null
  /** Whether jobs are sent in parts: whatever waits at the end of a turn follows the others. */
  readonly inParts: boolean
}

/** Below this there is nothing to share. */
const fewest = 8
/** Jobs in a part: enough that the message costs little beside them. */
const part = 16
/** How much of a new measurement goes into an average. */
const weight = 0.2
/** How much of the most that were at work at once is remembered from one flush to the next. */
const forgetting = 0.99

/** Starts with sending as one, until measurements say otherwise. */
export function startPace(): Pace {
  let flushMs = 0
  let jobMs = 0
  let callerMs = 0
  let atOnce = 0
  let disk = false
  const inHalves = (): boolean => disk && atOnce >= fewest && callerMs * atOnce > flushMs / 2
  const inParts = (): boolean => disk && atOnce >= fewest && callerMs < jobMs && !inHalves()
  return {
    flushed: (cost) => {
      disk = cost !== null
      atOnce *= forgetting
      flushMs += weight * ((cost?.flushMs ?? 0) - flushMs)
      jobMs += weight * ((cost?.jobMs ?? 0) - jobMs)
    },
    asked: (jobs, ms) => {
      callerMs += weight * (ms / jobs - callerMs)
    },
    goAhead: (waiting, inWork) => {
      atOnce = Math.max(waiting + inWork, atOnce)
      const half = atOnce / 2
      if (inHalves()) return waiting >= half && inWork <= half ? 'alone' : null
      return inParts() && waiting >= part ? 'waits' : null
    },
    get inParts() {
      return inParts()
    },
  }
}
