import { KhataError } from '../../model/error.ts'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Engine } from '../../ports/engine.ts'
import type { DeadLetter, Timer } from '../../ports/reaction-store.ts'
import { withData } from '../codec.ts'

const pageSize = 500

/** Reads dead letters. */
export interface Letters {
  all(consumer?: string, state?: DeadLetter['state']): AsyncIterable<DeadLetter>
  ofLane(consumer: string, lane: string): Promise<DeadLetter | null>
  /** When letters of a consumer are due whose handler asked for a time. */
  timers(consumer: string): Promise<readonly { readonly id: string; readonly dueAt: number }[]>
}

/** What the timer of a letter is kept under. The scheduler leaves it to the consumer. */
export function letterTimer(consumer: string, letter: string): Pick<Timer, 'id' | 'consumer'> {
  return { id: `${consumer}/letter/${letter}`, consumer: `${consumer}/letter` }
}

/** The dead letters of a store. */
export function lettersOf({ reactions }: Engine): Letters {
  return {
    async *all(consumer, state) {
      let after: string | undefined
      for (;;) {
        const page = await reactions.deadLetters({
          ...(consumer === undefined ? {} : { consumer }),
          ...(state === undefined ? {} : { state }),
          ...(after === undefined ? {} : { after }),
          limit: pageSize,
        })
        yield* page
        if (page.length < pageSize) return
        after = page.at(-1)?.id
      }
    },
    async ofLane(consumer, lane) {
      const [letter] = await reactions.deadLetters({ consumer, lanes: [lane], limit: 1 })
      return letter ?? null
    },
    async timers(consumer) {
      const timer = letterTimer(consumer, '')
      const found = await reactions.timers({ consumer: timer.consumer, limit: Number.MAX_SAFE_INTEGER })
      return found.map(({ id, dueAt }) => ({ id: id.slice(timer.id.length), dueAt }))
    },
  }
}

/** The event of a letter, with the data it was corrected to, if it was. */
export function correctedEvent(letter: DeadLetter, event: RecordedEvent | undefined): RecordedEvent {
  if (!event) {
    throw new KhataError('store-damaged', `The event ${letter.eventId} of a dead letter is not in the store.`, {
      what: `dead letter ${letter.id}`,
    })
  }
  return letter.correction === null ? event : withData(event, letter.correction)
}
