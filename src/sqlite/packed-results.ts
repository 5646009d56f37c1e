import type { CommitOutcome } from '../ports/event-store.ts'
import type { JobResult } from './job.ts'

// Answers on their way back from the writer's thread, for the same reason as in `packed-jobs.ts`.

/** Results as a flat list: for a commit that was made its numbers, for anything else the result itself. */
export type PackedResults = readonly unknown[]

type Committed = Extract<CommitOutcome, { outcome: 'committed' }>

function committed(result: JobResult): Committed | null {
  if (!('answer' in result) || typeof result.answer !== 'object' || result.answer === null || !('outcome' in result.answer))
    return null
  return result.answer.outcome === 'committed' ? result.answer : null
}

/** Puts results into one list. */
export function packResults(results: readonly JobResult[]): PackedResults {
  const values: unknown[] = []
  for (const result of results) {
    const made = committed(result)
    if (!made) {
      values.push(result)
      continue
    }
    values.push(made.first, made.last, made.recordedAt, made.versions.length, ...made.versions)
    values.push(made.inline.length, ...made.inline)
  }
  return values
}

/** Takes results out of their list. */
export function unpackResults(values: PackedResults): JobResult[] {
  const results: JobResult[] = []
  let at = 0
  const list = <T>(): T[] => {
    const length = values[at++] as number
    at += length
    return values.slice(at - length, at) as T[]
  }
  while (at < values.length) {
    const first = values[at++]
    if (typeof first !== 'number') {
      results.push(first as JobResult)
      continue
    }
    const last = values[at++] as number
    const recordedAt = values[at++] as number
    const versions = list<number>()
    const inline = list<boolean>()
    results.push({ answer: { outcome: 'committed', first, last, recordedAt, versions, inline } })
  }
  return results
}
