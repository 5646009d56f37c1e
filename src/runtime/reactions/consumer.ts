import type { ConsumerSettings } from '../../model/consumer.ts'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Position } from '../../model/units.ts'
import type { Verdict } from '../../model/verdict.ts'

/** One attempt at one event. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number
  /** Aborted when the time is up or the process ends. */
  readonly signal: AbortSignal
}

/** A reactor or process, as runners see both. */
export interface Consumer {
  /** `reactor/name` or `process/name`: its checkpoint, lease and dead letters are kept under it. */
  readonly name: string
  readonly settings: ConsumerSettings
  handles(category: string, type: string): boolean
  /** The order an event belongs to; null when it concerns nobody. May throw what business code throws. */
  lane(event: RecordedEvent): string | null
  /** Handles an event. Throws when it failed. */
  handle(event: RecordedEvent, attempt: Attempt): Promise<Verdict | undefined>
  /** Does what of the handling has no effect; throws what the handling would throw there. */
  rehearse(event: RecordedEvent): Promise<void>
  /** The next event of a lane after one of its events, up to a position. */
  next(lane: string, after: RecordedEvent, upTo: Position): Promise<RecordedEvent | null>
}

/**
 * The lane of an event. When business code cannot tell, it is the event's stream: the handler will fail in the same way,
 * and then in words.
 */
export function laneOf(consumer: Pick<Consumer, 'lane'>, event: RecordedEvent): string | null {
  try {
    return consumer.lane(event)
  } catch {
    return `${event.category}/${event.streamId}`
  }
}
