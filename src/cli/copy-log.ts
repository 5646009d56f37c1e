import { isKhataError } from '../model/error.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import { copiedTo } from './copy-place.ts'
import type { Progress } from './progress.ts'

/** Large enough that a commit of the target costs little of its time, small enough to hold a few in memory. */
const pageLimit = 1_000

/** From where to where, and who hears of it. */
export interface CopyWork {
  readonly from: Engine
  readonly to: Engine
  readonly by: string
  readonly signal: AbortSignal
  readonly bar: Progress
}

/**
 * Copies the log from `after` up to `upTo`, in order; the next page is read while one is written. Answers the position
 * it has come to, which is less when it was interrupted.
 */
export async function copyLog({ from, to, by, signal, bar }: CopyWork, after: Position, upTo: Position): Promise<Position> {
  const pageAfter = (position: Position) => from.events.readLog({ after: position, upTo, limit: pageLimit })
  let copied = after
  let next = copied < upTo ? pageAfter(copied) : null
  while (next && !signal.aborted) {
    const { events } = await next
    const last = events.at(-1)
    if (!last) break
    next = last.position < upTo ? pageAfter(last.position) : null
    // A page that nobody waits for any more must not count as unhandled.
    next?.catch(() => {})
    try {
      await to.importLog(events)
    } catch (error) {
      // Says it better when somebody else wrote there meanwhile.
      if (isKhataError(error, 'store-damaged')) await copiedTo(from, to, by)
      throw error
    }
    copied = last.position
    bar.show(copied, upTo)
  }
  return copied
}
