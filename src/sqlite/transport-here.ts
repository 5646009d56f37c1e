import type { Session } from './session.ts'
import { runJobs } from './transaction.ts'
import type { Answered, Transport } from './writer.ts'

/** Performs batches on this thread: for a store in memory, which has no disk to wait for. */
export function transportHere(session: Session, clock: () => number, store: string): Transport {
  let answered: Answered = () => {}
  return {
    listen: (listener) => {
      answered = listener
    },
    send: (jobs) => runJobs(session, jobs, clock, store, (results) => answered(results, null)),
    close: async () => session.close(),
  }
}
