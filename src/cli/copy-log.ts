import { isKhataError } from '../model/error.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Head, StoredEvent } from '../ports/event-store.ts'
import { checkSame, restoredMeanwhile } from './copy-place.ts'
import type { Progress } from './progress.ts'

/** Large enough that a commit of the target costs little of its time, small enough to hold a few in memory. */
const pageLimit = 1_000

/** A place in the log that was read. */
type Place = Pick<Head, 'position' | 'eventId'>

/** From where to where, and who hears of it. */
export interface CopyWork {
  readonly from: Engine
  readonly to: Engine
  readonly signal: AbortSignal
  readonly bar: Progress
}

/**
 * Copies the log from behind a place up to `upTo`, in order; the next page is read while one is written. Answers the
 * position it has come to, which is less when it was interrupted, or when the source has no more.
 * @throws KhataError `usage` when the source was restored meanwhile to a state before what was read of it
 */
export async function copyLog({ from, to, signal, bar }: CopyWork, after: Place, upTo: Position): Promise<Position> {
  let copied = after.position
  let next = copied < upTo ? pageBehind(from, after, upTo) : null
  while (next && !signal.aborted) {
    const events = await next
    if (events === null) {
      // Says how much of the lost past is in the copy.
      await checkSame(from, to)
      throw restoredMeanwhile(from)
    }
    const last = events.at(-1)
    if (!last) break
    next = last.position < upTo ? pageBehind(from, { position: last.position, eventId: last.id }, upTo) : null
    // A page that nobody waits for any more must not count as unhandled.
    next?.catch(() => {})
    try {
      await to.importLog(events)
    } catch (error) {
      // Says it better when somebody else wrote there meanwhile.
      if (isKhataError(error, 'store-damaged')) await checkSame(from, to)
      throw error
    }
    copied = last.position
    bar.show(copied, upTo)
  }
  return copied
}

/**
 * The events behind a place; null when the event there is not the one that was read. The two are read at once: between
 * two readings the source could be restored and go on, and a page of another past would follow.
 */
async function pageBehind(from: Engine, { position, eventId }: Place, upTo: Position): Promise<readonly StoredEvent[] | null> {
  if (position === 0) return (await from.events.readLog({ after: 0, upTo, limit: pageLimit })).events
  const { events } = await from.events.readLog({ after: position - 1, upTo, limit: pageLimit + 1 })
  return events[0]?.id === eventId ? events.slice(1) : null
}
