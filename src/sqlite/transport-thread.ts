import { Worker } from 'node:worker_threads'
import { type Failure, unpackFailure } from './failure.ts'
import { packJobs } from './packed-jobs.ts'
import { unpackResults } from './packed-results.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts'
import type { Answered, Transport } from './writer.ts'

const file = new URL(import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js', import.meta.url)

/** A thread from its start to its end. */
interface Thread {
  readonly worker: Worker
  /** Messages that wait until the store is open; null from then on. */
  waiting: ToWorker[] | null
}

/**
 * Performs batches in a thread of its own, so that the disk never blocks the event loop. The thread keeps the process
 * alive only while a batch is in work. When it dies, the batches in work fail and the next one starts a new thread.
 * Resolves when the store is open and its schema up to date.
 */
export function transportThread(start: WorkerStart, clock: (() => number) | null): Promise<Transport> {
  let inWork = 0
  let answered: Answered = () => {}
  let thread: Thread | null = null
  let closing = false

  const connect = (ready: () => void): Thread => {
    // The program's own flags are not for the thread: some, such as those of `--eval`, would keep it from starting.
    const worker = new Worker(file, { workerData: start, name: 'khata-writer', execArgv: [] })
    const started: Thread = { worker, waiting: [] }
    worker.on('message', (message: FromWorker) => {
      if ('failure' in message) ended(started, message.failure)
      else if ('results' in message) received(message)
      else {
        for (const early of started.waiting ?? []) worker.postMessage(early)
        started.waiting = null
        if (inWork === 0) worker.unref()
        ready()
      }
    })
    worker.on('error', (error) => ended(started, died(start.store, error instanceof Error ? error.message : String(error))))
    worker.on('exit', () => ended(started, died(start.store, 'it ended')))
    return started
  }

  const received = (message: Extract<FromWorker, { results: unknown }>): void => {
    const results = unpackResults(message.results)
    inWork -= results.length
    if (inWork === 0) thread?.worker.unref()
    answered(results, message.cost)
  }

  let refuse: ((error: unknown) => void) | null = null
  const ended = (which: Thread, failure: Failure): void => {
    if (thread !== which) return
    thread = null
    refuse?.(unpackFailure(failure))
    const lost = closing ? 0 : inWork
    inWork = 0
    if (lost > 0)
      answered(
        Array.from({ length: lost }, () => ({ failure })),
        null,
      )
  }

  const send: Transport['send'] = (jobs, more) => {
    if (jobs.length === 0 && !thread) return
    inWork += jobs.length
    const message: ToWorker = { jobs: packJobs(jobs), now: clock?.() ?? null, more }
    thread ??= connect(() => {})
    if (inWork > 0) thread.worker.ref()
    if (thread.waiting) thread.waiting.push(message)
    else thread.worker.postMessage(message)
  }

  const close = async (): Promise<void> => {
    closing = true
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
  const message = `${store}: the writer's thread died (${reason}); whether the commits were made is unknown, send them again`
  return { code: 'store-unavailable', message, detail: { store }, cause: reason }
}
