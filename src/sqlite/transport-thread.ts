import { Worker } from 'node:worker_threads'
import { type Failure, unpackFailure } from './failure.ts'
import { isRepeatable, type Job, type JobResult } from './job.ts'
import type { Sharing } from './pace.ts'
import { packJobs } from './packed-jobs.ts'
import { unpackResults } from './packed-results.ts'
import type { Cost } from './transaction.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts'
import type { Answered, Transport } from './writer.ts'

const file = new URL(import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js', import.meta.url)

/** A thread from its start to its end. */
interface Thread {
  readonly worker: Worker
  /** Messages that wait until the store is open; null from then on. */
  waiting: ToWorker[] | null
}

/** A job that was sent and is not answered yet. */
interface Sent {
  readonly job: Job
  /** Why the thread ended that had it first; null as long as that has not happened. */
  lost: Failure | null
  /** It is not performed again: its answer, when those ahead of it have theirs. */
  given: Failure | null
}

/**
 * Performs batches in a thread of its own, so that the disk never blocks the event loop. The thread keeps the process
 * alive only while a batch is in work. When it dies, a new one is started and gets what was in work once sharing, where that
 * has no second effect; for the rest the outcome is unknown. Resolves when the store is open and its schema up to date.
 */
export function transportThread(start: WorkerStart, clock: (() => number) | null): Promise<Transport> {
  let inWork: Sent[] = []
  let answered: Answered = () => {}
  let thread: Thread | null = null

  const connect = (ready: () => void): Thread => {
    // The program's own flags are not for the thread: some, such as those of `--eval`, would keep it from starting.
    const worker = new Worker(file, { workerData: start, name: 'khata-writer', execArgv: [] })
    const started: Thread = { worker, waiting: [] }
    worker.on('message', (message: FromWorker) => {
      if (thread !== started) return
      if ('failure' in message) ended(started, message.failure)
      else if ('results' in message) received(unpackResults(message.results), message.cost)
      else {
        for (const early of started.waiting ?? []) worker.postMessage(early)
        started.waiting = null
        if (inWork.length === 0) worker.unref()
        ready()
      }
    })
    worker.on('error', (error) => ended(started, died(start.store, error instanceof Error ? error.message : String(error))))
    worker.on('exit', () => ended(started, died(start.store, 'it ended')))
    return started
  }

  /** Gives answers in the order of the jobs. */
  const received = (results: readonly JobResult[], cost: Cost | null): void => {
    const all: JobResult[] = []
    const giveUp = (): void => {
      for (; inWork[all.length]?.given; ) all.push({ failure: inWork[all.length]?.given as Failure })
    }
    giveUp()
    for (const result of results) {
      all.push(result)
      giveUp()
    }
    inWork = inWork.slice(all.length)
    if (inWork.length === 0) thread?.worker.unref()
    if (all.length > 0) answered(all, cost)
  }

  let refuse: ((error: unknown) => void) | null = null
  const ended = (which: Thread, failure: Failure): void => {
    if (thread !== which) return
    thread = null
    refuse?.(unpackFailure(failure))
    for (const sent of inWork) {
      if (sent.lost !== null || !isRepeatable(sent.job)) sent.given ??= sent.lost ?? failure
      sent.lost ??= failure
    }
    const again = inWork.filter(({ given }) => given === null).map(({ job }) => job)
    if (again.length > 0) post(again, 'takes')
    received([], null)
  }

  const post = (jobs: readonly Job[], sharing: Sharing): void => {
    const message: ToWorker = { jobs: packJobs(jobs), now: clock?.() ?? null, sharing }
    thread ??= connect(() => {})
    if (inWork.length > 0) thread.worker.ref()
    if (thread.waiting) thread.waiting.push(message)
    else thread.worker.postMessage(message)
  }

  const send: Transport['send'] = (jobs, sharing) => {
    if (jobs.length === 0 && !thread) return
    for (const job of jobs) inWork.push({ job, lost: null, given: null })
    post(jobs, sharing)
  }

  const close = async (): Promise<void> => {
    const last = thread?.worker
    if (!last) return
    await new Promise<void>((resolve) => {
      last.once('exit', () => resolve())
      last.ref()
      last.postMessage('close' satisfies ToWorker)
    })
  }

  const listen: Transport['listen'] = (listener) => {
    answered = listener
  }

  return new Promise((resolve, reject) => {
    refuse = reject
    thread = connect(() => resolve({ listen, send, close }))
  })
}

function died(store: string, reason: string): Failure {
  const message = `${store}: the writer's thread died (${reason}); whether this was done is unknown`
  return { code: 'store-unavailable', message, detail: { store }, cause: reason }
}
