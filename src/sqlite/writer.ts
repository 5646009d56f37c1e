import { KhataError } from '../model/error.ts'
import { unpackFailure } from './failure.ts'
import { type Job, type JobAnswers, type JobResult, jobBytes } from './job.ts'
import { type Sharing, startPace } from './pace.ts'
import type { Cost } from './transaction.ts'

/** Gives results of jobs in the order in which they were sent, with what their transaction cost; null without a disk. */
export type Answered = (results: readonly JobResult[], cost: Cost | null) => void

/** Where jobs are performed: in the writer's thread, or in this one for a store in memory. */
export interface Transport {
  /** Whom to give results to; called once, first. */
  listen(answered: Answered): void
  /**
   * Performs jobs in order, after those that were sent before. Results come when their transaction is on disk. `waits`:
   * others follow at the end of this turn of the event loop.
   */
  send(jobs: readonly Job[], sharing: Sharing): void
  close(): Promise<void>
}

/** Takes jobs and gives each its answer once it is on disk. */
export interface Writer {
  /** @throws KhataError `overloaded`, `closed`, and what the job itself throws */
  submit<J extends Job>(job: J): Promise<JobAnswers[J['kind']]>
  /** Finishes what was accepted, calls `finished`, then closes. */
  close(finished: () => void): Promise<void>
}

/** How much may wait. */
export interface QueueLimits {
  readonly queueLimit: number
  readonly queueBytes: number
}

/** Jobs in one batch; the rest wait for the next. */
const batchLimit = 1000

interface Waiting {
  readonly job: Job
  readonly bytes: number
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

/**
 * Gathers jobs, so that all that wait share one flush to the disk, and sends them as the {@link Pace} says.
 * `committed` is called after each transaction that may have changed something.
 */
export function startWriter(transport: Transport, limits: QueueLimits, store: string, committed: () => void): Writer {
  const pace = startPace()
  let waiting: Waiting[] = []
  let inWork: Waiting[] = []
  let bytesHeld = 0
  let scheduled = false
  let promised = false
  let closing: (() => void) | null = null
  let closed: Promise<void> | null = null

  const send = (sharing: Sharing): void => {
    const jobs = waiting.length > batchLimit ? waiting.splice(0, batchLimit) : waiting
    if (jobs === waiting) waiting = []
    inWork = inWork.length === 0 ? jobs : inWork.concat(jobs)
    promised = sharing === 'waits'
    transport.send(
      jobs.map(({ job }) => job),
      sharing,
    )
  }

  const endOfTurn = (): void => {
    scheduled = false
    if (promised || (waiting.length > 0 && (inWork.length === 0 || pace.inParts))) send('takes')
    else if (inWork.length === 0) closing?.()
  }

  // Callers that were just answered ask again in this turn of the event loop: they should all be in the next batch.
  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(endOfTurn)
  }

  transport.listen((results, cost) => {
    const done = inWork.splice(0, results.length)
    for (const [index, { bytes, resolve, reject }] of done.entries()) {
      const result = results[index] as JobResult
      bytesHeld -= bytes
      if ('failure' in result) reject(unpackFailure(result.failure))
      else resolve(result.answer as never)
    }
    pace.flushed(cost)
    const from = performance.now()
    setImmediate(() => pace.asked(done.length, performance.now() - from))
    committed()
    if (inWork.length === 0) schedule()
  })

  const refused = (bytes: number): KhataError | null => {
    if (closed) return new KhataError('closed', `${store} is closed`, null)
    const count = waiting.length + inWork.length
    if (count < limits.queueLimit && (bytesHeld + bytes <= limits.queueBytes || count === 0)) return null
    return new KhataError('overloaded', `${store}: too many commits are waiting; try again`, { retryAfterMs: 250 })
  }

  return {
    submit: (job) =>
      new Promise((resolve, reject) => {
        const bytes = jobBytes(job)
        const error = refused(bytes)
        if (error) {
          reject(error)
          return
        }
        waiting.push({ job, bytes, resolve, reject })
        bytesHeld += bytes
        const sharing = pace.goAhead(waiting.length, inWork.length)
        if (sharing) send(sharing)
        if (promised || inWork.length === 0 || pace.inParts) schedule()
      }),
    close: (finished) => {
      closed ??= new Promise<void>((resolve) => {
        closing = resolve
        if (inWork.length === 0) schedule()
      }).then(() => {
        finished()
        return transport.close()
      })
      return closed
    },
  }
}
