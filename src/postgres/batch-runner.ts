import { KhataError } from '../model/error.ts'
import { assumptionFailed } from './assumptions.ts'
import { type Connection, connect, inTime } from './connection.ts'
import { concernsAll, failureOf, isConnectionLost, lockNotAvailable, needsConnection, sqlState } from './failure.ts'
import type { Job, JobResult } from './job.ts'
import type { Known } from './known.ts'
import { lane } from './lane.ts'
import { describeHolder } from './lock.ts'
import type { PostgresSettings } from './options.ts'
import type { Pace } from './pace.ts'
import { type Batch, transact } from './transaction.ts'
import { type AssumedBatch, assume, transactAssumed } from './transaction-assumed.ts'
import type { Shapes } from './view-shape.ts'

/** Performs batches over one connection, which is opened again when it was lost. */
export interface BatchRunner {
  /** Performs a batch in one transaction, or, when one of its jobs makes it fail, each job in its own. */
  perform(jobs: readonly Job[]): Promise<readonly JobResult[]>
  /** Somebody waits for the end: from now on nothing is tried again. */
  hurry(): void
  close(): Promise<void>
}

const firstPauseMs = 20
const longestPauseMs = 1_000
const uniqueViolation = '23505'
/** Batches that are not assumed after assumptions failed again and again. */
const longestSkip = 32

/**
 * The runner of a store's batches. Batches whose facts are assumed follow each other over the connection without waiting
 * for answers; one that has to read its facts has the connection alone. A batch is tried again for `2 * timeoutMs` while
 * the server cannot be reached.
 */
export function batchRunner(
  settings: PostgresSettings,
  store: string,
  shapes: Shapes,
  known: Known,
  pace: Pick<Pace, 'waited'>,
): BatchRunner {
  const distrust = distrustOf()
  const { beside, alone } = lane()
  let held: Connection | null = null
  let hurrying = false

  const connection = async (): Promise<Connection> => {
    if (held && !held.isLost()) return held
    held = await connect(settings)
    return held
  }

  /** Ends a transaction that failed; a connection that does not answer is cut. */
  const abandon = async (): Promise<void> => {
    const last = held
    if (!last || last.isLost()) return
    try {
      await inTime(settings.timeoutMs, last.run('ROLLBACK'), last.destroy)
    } catch {
      last.destroy()
    }
  }

  /** In one round trip; null when the facts must be read. */
  const ahead = async (batch: Batch, assumed: AssumedBatch): Promise<readonly JobResult[] | null> => {
    const over = held
    if (!over || over.isLost()) return null
    try {
      const work = transactAssumed(over, settings, known, batch, assumed, pace)
      const results = await inTime(3 * settings.timeoutMs, work, over.destroy)
      if (results) distrust.held()
      return results
    } catch (error) {
      if (isRefused(error)) {
        distrust.failed()
        return null
      }
      if (!needsConnection(error)) throw error
      over.destroy()
      batch.careful = isConnectionLost(error)
      return null
    }
  }

  const attempt = async (batch: Batch): Promise<readonly JobResult[]> => {
    const over = await connection()
    try {
      return await inTime(3 * settings.timeoutMs, transact(over, settings, known, batch), over.destroy)
    } catch (error) {
      if (needsConnection(error)) over.destroy()
      else await abandon()
      throw error
    }
  }

  /**
   * Tries until the outcome is known or the time is over. As long as nobody knows what became of an attempt, no other error
   * may be its answer: it may hold the very lock that the next one does not get.
   */
  const settle = async (batch: Batch): Promise<readonly JobResult[]> => {
    // A lease that is not given back ends by itself: that is not worth waiting for.
    let deadline = batch.jobs.every(({ kind }) => kind === 'release') ? 0 : Infinity
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        return await attempt(batch)
      } catch (error) {
        if (!needsConnection(error) && !batch.attempt) throw error
        if (deadline === Infinity) deadline = performance.now() + 2 * settings.timeoutMs
        if (hurrying || performance.now() + pauseMs > deadline) throw batch.attempt ? outcomeUnknown(error, store) : error
        batch.careful ||= isConnectionLost(error)
        await new Promise((resolve) => setTimeout(resolve, pauseMs))
      }
    }
  }

  // Whether it goes ahead is known at once, so that batches keep their order as long as none is refused.
  const performed = async (batch: Batch): Promise<readonly JobResult[]> => {
    const assumed = batch.careful || !distrust.mayAssume() ? null : assume(batch, settings)
    const results = assumed ? await beside(() => ahead(batch, assumed)) : null
    return results ?? alone(() => settle(batch))
  }

  const explained = async (error: unknown): Promise<Error> => {
    if (sqlState(error) !== lockNotAvailable) return failureOf(error, store)
    try {
      // Over another connection: on this one the next batch may be waiting for the same lock.
      const asking = await connect(settings)
      const holder = await describeHolder(asking, settings, 'write').finally(() => asking.close())
      const message = `${store}: ${holder}`
      return new KhataError('store-unavailable', message, { store }, { cause: error })
    } catch {
      return failureOf(error, store)
    }
  }

  const perform = async (jobs: readonly Job[], careful: boolean): Promise<readonly JobResult[]> => {
    const needed = await shapes.neededBy(jobs).catch((error: Error) => error)
    if (needed instanceof Error) return jobs.map(() => ({ failure: needed }))
    const batch: Batch = { jobs, shapes: needed, careful, attempt: null }
    try {
      return await performed(batch)
    } catch (error) {
      if (!careful && !concernsAll(error) && !(error instanceof KhataError)) return performEach(jobs)
      for (const generation of needed.keys()) shapes.forget(generation)
      const failure = await explained(error)
      return jobs.map(() => ({ failure }))
    }
  }

  const performEach = async (jobs: readonly Job[]): Promise<readonly JobResult[]> => {
    const results: JobResult[] = []
    for (const job of jobs) results.push(...(await perform([job], true)))
    return results
  }

  return {
    perform: (jobs) => perform(jobs, false),
    hurry: () => {
      hurrying = true
    },
    close: async () => {
      await held?.close()
      held = null
    },
  }
}

/** Whether an assumption did not hold: it was refused by its guard or by a unique index. */
function isRefused(error: unknown): boolean {
  const state = sqlState(error)
  return state === assumptionFailed || state === uniqueViolation
}

/** When to assume: seldom, where assumptions keep failing because other processes write the same streams. */
function distrustOf() {
  let skip = 0
  let penalty = 1
  return {
    mayAssume: (): boolean => skip === 0 || --skip === 0,
    held: (): void => {
      penalty = Math.max(1, penalty - 1)
    },
    failed: (): void => {
      skip = penalty
      penalty = Math.min(2 * penalty, longestSkip)
    },
  }
}

function outcomeUnknown(error: unknown, store: string): KhataError {
  const reason = error instanceof Error ? error.message : String(error)
  const message = `${store}: the connection was lost while committing (${reason}); whether the commits were made is unknown, send them again`
  return new KhataError('store-unavailable', message, { store }, { cause: error })
}
