import { KhataError } from '../model/error.ts'
import type { BatchRunner } from './batch-runner.ts'
import { type Job, type JobAnswers, type JobResult, jobBytes } from './job.ts'
import type { Pace } from './pace.ts'

/** Takes jobs and gives each its answer once it is on disk. */
export interface Writer {
  /** @throws KhataError `overloaded`, `closed`, and what the job itself throws */
  submit<J extends Job>(job: J): Promise<JobAnswers[J['kind']]>
  /** Finishes what was accepted, then closes. */
  close(): Promise<void>
}

/** How much may wait. */
export interface QueueLimits {
  readonly queueLimit: number
  readonly queueBytes: number
}

/** Jobs in one batch; the rest wait for the next. */
export const batchLimit = 1_000
/** Batches that are sent before the first of them is answered. */
const batchesAhead = 2
/** Bytes in one batch, beyond its first job. */
const batchBytes = 8 * 1024 * 1024

interface Waiting {
  readonly job: Job
  readonly bytes: number
  readonly resolve: (answer: never) => void
  readonly reject: (error: unknown) => void
}

/** How many of the jobs that wait go into the next batch. */
function countOf(waiting: readonly Waiting[]): number {
  let bytes = 0
  for (let count = 0; count < waiting.length && count < batchLimit; count++) {
    bytes += waiting[count]?.bytes ?? 0
    if (count > 0 && bytes > batchBytes) return count
  }
  return Math.min(waiting.length, batchLimit)
}

/** Whether a job may have changed the store. */
function isMade(result: JobResult): boolean {
  if ('failure' in result) return false
  return result.answer === null || !('outcome' in result.answer) || result.answer.outcome === 'committed'
}

/**
 * Gathers jobs: a batch is in work, the next fills meanwhile, so that all that wait share one lock and one flush to the
 * disk; when the pace says so, it follows before the first is answered. `committed` is called after each batch of which
 * something was made.
 */
export function startWriter(
  runner: BatchRunner,
  pace: Pace,
  limits: QueueLimits,
  store: string,
  committed: () => void,
): Writer {
  const waiting: Waiting[] = []
  let waitingBytes = 0
  let inWork = 0
  let batches = 0
  let scheduled = false
  let closing: (() => void) | null = null
  let closed: Promise<void> | null = null

  const work = async (batch: readonly Waiting[]): Promise<void> => {
    const results = await runner.perform(batch.map(({ job }) => job))
    const answeredAt = performance.now()
    inWork -= batch.length
    batches--
    for (const [index, { bytes, resolve, reject }] of batch.entries()) {
      waitingBytes -= bytes
      const result = results[index]
      if (result === undefined) reject(new KhataError('usage', 'a transaction gave too few answers', null))
      else if ('failure' in result) reject(result.failure)
      else resolve(result.answer as never)
    }
    if (results.some(isMade)) committed()
    schedule()
    setImmediate(() => pace.asked(batch.length, performance.now() - answeredAt))
  }

  const send = (): void => {
    const batch = waiting.splice(0, countOf(waiting))
    inWork += batch.length
    batches++
    void work(batch)
  }

  const endOfTurn = (): void => {
    scheduled = false
    if (inWork > 0) return
    if (waiting.length > 0) send()
    else closing?.()
  }

  // Callers that were just answered ask again in this turn of the event loop: they should all be in the next batch.
  const schedule = (): void => {
    if (scheduled) return
    scheduled = true
    setImmediate(endOfTurn)
  }

  const refused = (bytes: number): KhataError | null => {
    if (closed) return new KhataError('closed', `${store} is closed`, null)
    const count = waiting.length + inWork
    if (count < limits.queueLimit && (waitingBytes + bytes <= limits.queueBytes || count === 0)) return null
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
        waitingBytes += bytes
        if (batches < batchesAhead && pace.goAhead(waiting.length, inWork)) send()
        if (inWork === 0) schedule()
      }),
    close: () => {
      closed ??= new Promise<void>((resolve) => {
        closing = resolve
        runner.hurry()
        if (inWork === 0) schedule()
      }).then(() => runner.close())
      return closed
    },
  }
}
