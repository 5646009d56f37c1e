import { isExpectedVersionConflictError } from '@event-driven-io/emmett'
import { type DepositedEvent, depositedEvent, emmettStore } from '../../contenders/emmett.ts'
import { emmettBalances } from '../../contenders/emmett-balances.ts'
import { administer } from '../../database.ts'
import { keyedData, type OpenProbed } from '../store.ts'

let consumers = 0

async function open(url: string, inline: boolean): ReturnType<OpenProbed> {
  const store = await emmettStore(url, (inline ? [{ type: 'inline', projection: emmettBalances }] : []) as never)
  const consumer = (see: (key: string) => void, untilQuiet: boolean) => {
    const made = store.consumer(untilQuiet ? { stopWhen: { noMessagesLeft: true } } : {})
    made.reactor<DepositedEvent>({
      processorId: `probe-${++consumers}`,
      startFrom: 'BEGINNING',
      eachMessage: ({ data }) => see(data.note),
    })
    return made
  }
  return {
    append: async (stream, expected, key) => {
      try {
        await store.appendToStream(stream, [depositedEvent(keyedData(stream, key))], {
          expectedStreamVersion: BigInt(expected),
        })
        return true
      } catch (error) {
        if (isExpectedVersionConflictError(error)) return false
        throw error
      }
    },
    stream: async (stream) => {
      const { events, currentStreamVersion } = await store.readStream<DepositedEvent>(stream)
      return { keys: events.map(({ data }) => data.note), version: Number(currentStreamVersion) }
    },
    consume: async (see) => {
      const made = consumer(see, false)
      void made.start()
      return () => made.close()
    },
    catchUp: async () => {
      const keys: string[] = []
      const made = consumer((key) => keys.push(key), true)
      await made.start()
      await made.close()
      return keys
    },
    ...(inline
      ? {
          counted: async (stream: string) => {
            const rows = await administer<{ count: string }>('SELECT count FROM balance WHERE id = $1', [stream], url)
            return Number(rows[0]?.count ?? 0)
          },
        }
      : {}),
    close: () => store.close(),
  }
}

/** emmett on PostgreSQL. */
export const emmettOnPostgres: OpenProbed = (url) => open(url, false)

/** emmett on PostgreSQL with an inline projection. */
export const countingEmmettOnPostgres: OpenProbed = (url) => open(url, true)
