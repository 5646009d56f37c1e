import { KhataError } from '../../model/error.ts'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Engine } from '../../ports/engine.ts'
import type { DeadLetter } from '../../ports/reaction-store.ts'
import { withData } from '../codec.ts'

const pageSize = 500

/** Reads dead letters. */
export interface Letters {
  all(consumer?: string, state?: DeadLetter['state']): AsyncIterable<DeadLetter>
  ofLane(consumer: string, lane: string): Promise<DeadLetter | null>
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
