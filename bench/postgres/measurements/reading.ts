import { dumbo } from '@event-driven-io/dumbo'
import { readMessagesBatch } from '@event-driven-io/emmett-postgresql'
import { openPostgres } from '../../../src/postgres/index.ts'
import { fillKhata } from '../../contenders/khata-store.ts'
import { callers, type Size, timed, times } from '../../measurement.ts'
import { accountCount, accountName, addDeposit, type Balance, type Deposited, depositedData, noBalance } from '../../shape.ts'
import { type DepositedEvent, emmettStore, fillEmmett } from '../contenders/emmett.ts'
import { fillMessageDb, messageDb } from '../contenders/message-db.ts'
import { fillRaw, rawStore } from '../contenders/raw.ts'
import { filledDatabase } from '../filled.ts'
import {
  type Contender,
  closing,
  emmettName,
  khataName,
  khataToOthers,
  type Measurement,
  messageDbName,
  rawEachName,
} from '../names.ts'

const page = 1_000
const streamOf = (i: number): string => accountName(i % accountCount)
const lengthOf = ({ quick }: Size): number => (quick ? 40_000 : 200_000)

function check(state: Balance): void {
  if (state.count !== page) throw new Error(`folded ${state.count} events`)
}

/** Checks the order on the way: the answer of a contender that skips is worth nothing. */
function inOrder(): (positions: readonly number[]) => number {
  let last = 0
  return (positions) => {
    for (const position of positions) {
      if (position <= last) throw new Error(`position ${position} after ${last}`)
      last = position
    }
    return last
  }
}

const khataInOrder: Contender = async (_, size) => {
  const length = lengthOf(size)
  const url = await filledDatabase('khata, in order', async (url) => {
    await using engine = await openPostgres(url)
    await fillKhata(engine, streamOf, depositedData, length)
  })
  await using engine = await openPostgres(url)
  return await timed(length, async () => {
    const see = inOrder()
    for (let after = 0; after < length; ) {
      const { events } = await engine.events.readLog({ after, limit: page })
      for (const event of events) {
        JSON.parse(event.data)
        JSON.parse(event.metadata)
      }
      after = see(events.map(({ position }) => position))
    }
  })
}

const rawInOrder: Contender = async (_, size) => {
  const length = lengthOf(size)
  const url = await filledDatabase('raw, in order', async (url) => {
    const store = await rawStore(url)
    await fillRaw(store, streamOf, depositedData, length)
    await store.close()
  })
  const store = await rawStore(url)
  return closing(store.close, () =>
    timed(length, async () => {
      const see = inOrder()
      for (let after = 0; after < length; ) after = see((await store.page(after, page)).map(({ position }) => position))
    }),
  )
}

/** Everything is of one category: over several it keeps no order that a reader could rely on. */
const messageDbInOrder: Contender = async (_, size) => {
  const length = lengthOf(size)
  const url = await filledDatabase('message-db, in order', async (url) => {
    const store = await messageDb(url)
    await fillMessageDb(store, streamOf, depositedData, length)
    await store.close()
  })
  const store = await messageDb(url)
  return closing(store.close, () =>
    timed(length, async () => {
      const see = inOrder()
      for (let after = 0; after < length; ) {
        after = see((await store.category('account', after + 1, page)).map(({ globalPosition }) => globalPosition))
      }
    }),
  )
}

function emmettInOrder(batchSize: number): Contender {
  return async (_, size) => {
    const length = lengthOf(size)
    const url = await filledDatabase('emmett, in order', async (url) => {
      const store = await emmettStore(url)
      const streams = Array.from({ length: length / 1_000 }, (_, i) => accountName(i))
      await fillEmmett(store, streams, depositedData, 1_000)
      await store.close()
    })
    const pool = dumbo({ connectionString: url })
    return closing(
      () => pool.close(),
      () =>
        timed(length, async () => {
          const see = inOrder()
          for (let after = 0, seen = 0; seen < length; ) {
            const { messages } = await readMessagesBatch(pool.execute, { after: BigInt(after), batchSize })
            // It shows nothing newer than the oldest transaction that is open anywhere on the server.
            if (messages.length === 0) {
              await new Promise((resolve) => setTimeout(resolve, 10))
              continue
            }
            after = see(messages.map(({ metadata }) => Number(metadata.globalPosition)))
            seen += messages.length
          }
        }),
    )
  }
}

/** Reads the whole log in order in pages of 1,000, data and metadata decoded. */
export const readInOrder: Measurement = {
  name: 'read the log in order, pages of 1,000',
  unit: 'events',
  contenders: {
    [khataName]: khataInOrder,
    [rawEachName]: rawInOrder,
    [messageDbName]: messageDbInOrder,
    [emmettName]: emmettInOrder(page),
  },
  comparisons: khataToOthers({ [rawEachName]: 0.6 }, [rawEachName, messageDbName, emmettName]),
}

const emmettUsualName = `${emmettName}, batches of 100`

/** The same beside emmett in the batches of its consumers: minutes for each round, so that there is one. */
export const readInOrderAsConsumersDo: Measurement = {
  name: "read the log in order, emmett in its consumers' batches",
  unit: 'events',
  rounds: 1,
  contenders: { [khataName]: khataInOrder, [emmettUsualName]: emmettInOrder(100) },
  comparisons: khataToOthers({ [emmettUsualName]: 40 }, [emmettUsualName]),
}

/** Reads a stream of 1,000 events, decodes and folds it: a command on a cold aggregate. */
export const loadStream: Measurement = {
  name: 'load and fold a stream of 1,000',
  unit: 'events',
  contenders: {
    [khataName]: async (url, { workMs }) => {
      await using engine = await openPostgres(url)
      await fillKhata(engine, () => accountName(0), depositedData, page)
      const sample = await callers(1, workMs, async () => {
        const events = await engine.events.readStream({ category: 'account', streamId: accountName(0), limit: page })
        check(events.reduce((state, { data }) => addDeposit(state, JSON.parse(data) as Deposited), noBalance))
      })
      return times(sample, page)
    },
    [rawEachName]: async (url, { workMs }) => {
      const store = await rawStore(url)
      await fillRaw(store, () => accountName(0), depositedData, page)
      return closing(store.close, async () => {
        const sample = await callers(1, workMs, async () =>
          check((await store.stream(accountName(0))).reduce((state, { data }) => addDeposit(state, data), noBalance)),
        )
        return times(sample, page)
      })
    },
    [messageDbName]: async (url, { workMs }) => {
      const store = await messageDb(url)
      await fillMessageDb(store, () => accountName(0), depositedData, page)
      return closing(store.close, async () => {
        const sample = await callers(1, workMs, async () =>
          check((await store.stream(accountName(0))).reduce((state, { data }) => addDeposit(state, data), noBalance)),
        )
        return times(sample, page)
      })
    },
    [emmettName]: async (url, { workMs }) => {
      const store = await emmettStore(url)
      await fillEmmett(store, [accountName(0)], depositedData, page)
      return closing(
        () => store.close(),
        async () => {
          const sample = await callers(1, workMs, async () => {
            const { state } = await store.aggregateStream<Balance, DepositedEvent>(accountName(0), {
              evolve: (state: Balance, { data }: DepositedEvent) => addDeposit(state, data),
              initialState: () => noBalance,
            })
            check(state)
          })
          return times(sample, page)
        },
      )
    },
  },
  comparisons: khataToOthers({ [emmettName]: 2 }, [rawEachName, emmettName, messageDbName]),
}
