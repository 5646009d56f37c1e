import { writeCheckpoints } from './checkpoints.ts'
import { concernsAll, isBusy, packFailure } from './failure.ts'
import type { Job, JobResult } from './job.ts'
import { perform } from './perform.ts'
import { forget, refresh, type Session } from './session.ts'

/** How long one transaction may go on before others get a turn at the lock, in milliseconds. */
const sliceMs = 10
/** How long to wait for the lock before giving up, in milliseconds. */
const lockTimeoutMs = 30_000

/** Waits for the write lock and takes it. */
function begin(session: Session): void {
  const deadline = performance.now() + lockTimeoutMs
  for (;;) {
    try {
      session.sql('BEGIN IMMEDIATE').run()
      return
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error
    }
  }
}

/** Ends whatever transaction is open and drops what was learnt in it. */
function abandon(session: Session): void {
  if (session.db.isTransaction) session.db.exec('ROLLBACK')
  forget(session)
}

/** Takes what has arrived since the batch was sent; it may still share the batch's flush. */
export type Arrived = () => readonly Job[]

/** Performs jobs from `first` on, and those that arrive meanwhile, until the slice is used up. Any error ends the whole. */
function performSlice(session: Session, jobs: Job[], first: number, now: number, arrived: Arrived): JobResult[] {
  const results: JobResult[] = []
  const started = performance.now()
  for (let index = first; ; index++) {
    if (index === jobs.length) jobs.push(...arrived())
    const job = jobs[index]
    if (!job) break
    results.push({ answer: perform(session, job, now, false) })
    if ((index & 7) === 7 && performance.now() - started > sliceMs) break
  }
  return results
}

/** Performs one job under a savepoint, so that its failure leaves the jobs before it whole. */
function performGuarded(session: Session, job: Job, now: number, store: string): JobResult {
  const { head, lastRecordedAt } = session
  const checkpoints = [...session.checkpoints].map(([key, held]) => [key, { ...held }] as const)
  session.sql('SAVEPOINT job').run()
  try {
    const answer = perform(session, job, now, true)
    session.sql('RELEASE job').run()
    return { answer }
  } catch (error) {
    if (concernsAll(error)) throw error
    session.db.exec('ROLLBACK TO job; RELEASE job')
    session.head = head
    session.lastRecordedAt = lastRecordedAt
    session.kinds.clear()
    session.ends.clear()
    session.shapes.clear()
    session.checkpoints.clear()
    for (const [key, held] of checkpoints) session.checkpoints.set(key, held)
    return { failure: packFailure(error, store) }
  }
}

/** What a transaction cost, in milliseconds. */
export interface Cost {
  /** From the last write to the answer of the disk. */
  readonly flushMs: number
  /** Of one job until then. */
  readonly jobMs: number
}

/** What one transaction did. */
interface Slice extends Cost {
  readonly results: readonly JobResult[]
}

/** Runs one transaction; its results are only given when they are on disk. */
function inTransaction(session: Session, clock: () => number, work: (now: number) => JobResult[]): Slice {
  begin(session)
  refresh(session)
  session.checkpoints.clear()
  const from = performance.now()
  const results = work(clock())
  writeCheckpoints(session)
  const written = performance.now()
  session.sql('COMMIT').run()
  return { results, flushMs: performance.now() - written, jobMs: (written - from) / results.length }
}

/**
 * One transaction over as many jobs as fit into a slice. Every check of a job comes before its first write, so an error
 * is an accident: then everything is rolled back and the jobs are done again, each under its own savepoint.
 */
function transact(session: Session, jobs: Job[], first: number, clock: () => number, store: string, arrived: Arrived): Slice {
  try {
    return inTransaction(session, clock, (now) => performSlice(session, jobs, first, now, arrived))
  } catch (error) {
    abandon(session)
    if (concernsAll(error)) throw error
  }
  return inTransaction(session, clock, (now) => {
    const started = performance.now()
    const results: JobResult[] = []
    for (let index = first; index < jobs.length; index++) {
      results.push(performGuarded(session, jobs[index] as Job, now, store))
      if (performance.now() - started > sliceMs) break
    }
    return results
  })
}

/**
 * Performs a batch and what arrives meanwhile in order, in as few transactions as slices allow. `answered` is called
 * after each transaction is on disk, never before. A failure of the place itself fails every job that is left.
 */
export function runJobs(
  session: Session,
  batch: readonly Job[],
  clock: () => number,
  store: string,
  answered: (results: readonly JobResult[], cost: Cost) => void,
  arrived: Arrived = () => [],
): void {
  const jobs = [...batch]
  let done = 0
  while (done < jobs.length) {
    let slice: Slice
    try {
      slice = transact(session, jobs, done, clock, store, arrived)
    } catch (error) {
      leave(session)
      const failure = packFailure(error, store)
      slice = { results: jobs.slice(done).map(() => ({ failure })), flushMs: 0, jobMs: 0 }
    }
    done += slice.results.length
    answered(slice.results, slice)
  }
}

/** Gets out of a transaction that failed, whatever is left of it. */
function leave(session: Session): void {
  try {
    abandon(session)
  } catch {
    forget(session)
  }
}
