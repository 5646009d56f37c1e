/**
 * Decides whether jobs are sent while others are in work.
 *
 * Callers that are answered together ask again together. Sent as one batch, they make the fewest flushes, but then this
 * process idles while the server works, and the server while this process decodes, calls back and encodes. Sent in halves
 * that take turns, both work at once, at the price of twice the transactions. That pays where callers and encoding take
 * longer than what a transaction waits for besides its own statements: the disk, and others who hold the lock.
 */
export interface Pace {
  /** A transaction waited so long for its lock and for the disk. */
  waited(ms: number): void
  /** So many callers that were answered took so long until they had asked again and their jobs were sent. */
  asked(jobs: number, ms: number): void
  /** Whether jobs that wait should be sent now, behind those in work, without waiting for more. */
  goAhead(waiting: number, inWork: number): boolean
}

/** Below this there is nothing to share. */
const fewest = 8
/** How much of a new measurement goes into an average. */
const weight = 0.1
/** How much of the most that were at work at once is remembered from one transaction to the next. */
const forgetting = 0.99

/** Starts with sending as one, until measurements say otherwise. `most`: jobs in a batch. */
export function startPace(most: number): Pace {
  let waitMs = 0
  let callerMs = 0
  let atOnce = 0
  return {
    waited: (ms) => {
      atOnce *= forgetting
      waitMs += weight * (ms - waitMs)
    },
    asked: (jobs, ms) => {
      callerMs += weight * (ms / jobs - callerMs)
    },
    goAhead: (waiting, inWork) => {
      atOnce = Math.max(waiting + inWork, atOnce)
      const half = Math.min(atOnce / 2, most)
      return atOnce >= fewest && waiting >= half && inWork <= half && callerMs * atOnce > waitMs
    },
  }
}
