import type { RawDatabase } from './raw-database.ts'

/** Runs work in a durable transaction and answers when it is on disk. */
export type Commit = <T>(work: () => T) => Promise<T>

/** One transaction for each piece of work, as most code is written. */
export function commitEach({ db }: RawDatabase): Commit {
  return async (work) => {
    db.exec('BEGIN IMMEDIATE')
    const result = work()
    db.exec('COMMIT')
    return result
  }
}

/** One transaction for everything that waits, on the event loop: the most that a thread can do by itself. */
export function commitShared({ db }: RawDatabase): Commit {
  let waiting: (() => () => void)[] = []
  const flush = (): void => {
    const batch = waiting
    waiting = []
    db.exec('BEGIN IMMEDIATE')
    const answers = batch.map((work) => work())
    db.exec('COMMIT')
    for (const answer of answers) answer()
  }
  return (work) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) setImmediate(flush)
      waiting.push(() => {
        try {
          const result = work()
          return () => resolve(result)
        } catch (error) {
          return () => reject(error)
        }
      })
    })
}
