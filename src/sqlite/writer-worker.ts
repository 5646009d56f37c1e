import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { packFailure } from './failure.ts'
import type { Job, JobResult } from './job.ts'
import { openSession } from './open-session.ts'
import type { Sharing } from './pace.ts'
import { unpackJobs } from './packed-jobs.ts'
import { packResults } from './packed-results.ts'
import type { Session } from './session.ts'
import { type Cost, runJobs } from './transaction.ts'
import type { FromWorker, ToWorker, WorkerStart } from './worker-messages.ts'

// The thread that owns the writing connection of a file.

const { location, store, home, synchronous, tables } = workerData as WorkerStart
const port = parentPort

function answer(message: FromWorker): void {
  port?.postMessage(message)
}

function open(): Session | null {
  try {
    return openSession(location, home, synchronous, Date.now(), tables)
  } catch (error) {
    answer({ failure: packFailure(error, store) })
    return null
  }
}

/** The longest that a transaction stays open for jobs that were promised, in milliseconds: the callers may be busy. */
const longestWaitMs = 3
/** How long to sleep between two looks, in milliseconds. */
const sleepMs = 0.03
const nothing = new Int32Array(new SharedArrayBuffer(4))

/** What waits at the port, without a turn of the event loop. */
function receive(): ToWorker | null {
  const received = port && receiveMessageOnPort(port)
  return received ? (received.message as ToWorker) : null
}

/** What was promised, if it comes in time. */
function receiveWithin(ms: number): ToWorker | null {
  const deadline = performance.now() + ms
  for (;;) {
    const message = receive()
    if (message || performance.now() > deadline) return message
    Atomics.wait(nothing, 0, 0, sleepMs)
  }
}

function listen(session: Session): void {
  let now: number | null = null
  let sharing: Sharing = 'takes'
  let closing = false
  const take = (message: ToWorker | null): Job[] => {
    sharing = message === null || message === 'close' ? 'takes' : message.sharing
    if (message === 'close') closing = true
    if (message === null || message === 'close') return []
    now = message.now
    return unpackJobs(message.jobs)
  }
  // Waiting for half a flush is cheaper than flushing once more for those that come late.
  let flush = 0
  const arrived = (): Job[] => {
    if (sharing === 'alone') return []
    return take(sharing === 'waits' ? receiveWithin(Math.min(flush / 2, longestWaitMs)) : receive())
  }
  const clock = (): number => now ?? Date.now()
  const say = (results: readonly JobResult[], { flushMs, jobMs }: Cost): void => {
    flush = flushMs
    answer({ results: packResults(results), cost: { flushMs, jobMs } })
  }
  port?.on('message', (message: ToWorker) => {
    runJobs(session, take(message), clock, store, say, arrived)
    if (!closing) return
    session.close()
    port.close()
  })
  answer({ ready: true })
}

const session = open()
if (session) listen(session)
