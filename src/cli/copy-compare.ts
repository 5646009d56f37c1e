import { isDeepStrictEqual } from 'node:util'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { StoredEvent } from '../ports/event-store.ts'
import type { Progress } from './progress.ts'

const pageLimit = 1_000
const findingLimit = 100

/**
 * Compares the events of two stores from `after` up to `upTo`, every field, data and metadata as the bytes they are
 * stored as. Answers what differs, at most 100 sentences.
 */
export async function compareLogs(
  from: Engine,
  to: Engine,
  after: Position,
  upTo: Position,
  bar: Progress,
): Promise<readonly string[]> {
  const findings: string[] = []
  for (let compared = after; compared < upTo && findings.length < findingLimit; ) {
    const range = { after: compared, upTo: Math.min(upTo, compared + pageLimit), limit: pageLimit }
    const [source, target] = await Promise.all([from.events.readLog(range), to.events.readLog(range)])
    const reached = Math.min(...[source, target].map(({ full, scannedTo }) => (full ? scannedTo : range.upTo)))
    for (let index = 0; index < reached - range.after; index++) {
      const position = range.after + index + 1
      const different = differenceOf(source.events[index], target.events[index])
      if (different !== null) findings.push(`position ${position}: ${different}`)
    }
    compared = reached
    bar.show(compared, upTo)
  }
  return findings.slice(0, findingLimit)
}

/** What is not the same in an event and its copy; null when nothing is. */
function differenceOf(source: StoredEvent | undefined, target: StoredEvent | undefined): string | null {
  if (!source || !target) return `it is missing in the ${source ? 'copy' : 'source'}`
  const names = new Set([...Object.keys(source), ...Object.keys(target)]) as Set<keyof StoredEvent>
  const different = [...names].filter((name) => !isDeepStrictEqual(source[name], target[name]))
  return different.length === 0 ? null : `${different.join(', ')} differ`
}
