import { khata } from 'khata'
import pg from 'pg'
import { openPostgres } from '../../../src/postgres/index.ts'
import { account, balances, inlineBalances } from '../../contenders/khata-app.ts'
import { fillKhata } from '../../contenders/khata-store.ts'
import { callers, type Size, timed } from '../../measurement.ts'
import {
  accountCount,
  accountName,
  accountOf,
  addDeposit,
  type Balance,
  callerCount,
  depositedData,
  noBalance,
} from '../../shape.ts'
import { depositedEvent, emmettStore, fillEmmett } from '../contenders/emmett.ts'
import { emmettBalances } from '../contenders/emmett-balances.ts'
import { fillMessageDb, messageDb, upsertBalances as upsertByPg } from '../contenders/message-db.ts'
import { commitShared, fillRaw, rawStore, upsertBalances } from '../contenders/raw.ts'
import { inCopyOf } from '../database.ts'
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
  rawSharedName,
} from '../names.ts'

const page = 1_000
const streamOf = (i: number): string => accountName(i % accountCount)
const lengthOf = ({ quick }: Size): number => (quick ? 30_000 : 200_000)

/** Many callers whose events change a document in the same transaction. Khata's go through commands. */
export const inlineProjection: Measurement = {
  name: `inline projection, ${callerCount} callers`,
  unit: 'events',
  contenders: {
    [khataName]: async (url, { workMs }) => {
      await using app = await khata({ store: url, use: [account, inlineBalances] })
      return await callers(callerCount, workMs, (caller, turn) =>
        app.execute('Deposit', depositedData(accountOf(caller, turn))),
      )
    },
    [rawSharedName]: async (url, { workMs }) => {
      const store = await rawStore(url)
      const together = commitShared(store)
      const versions = new Map<string, number>()
      return closing(store.close, () =>
        callers(callerCount, workMs, (caller, turn) => {
          const stream = accountOf(caller, turn)
          const version = (versions.get(stream) ?? 0) + 1
          versions.set(stream, version)
          return together((over) =>
            Promise.all([
              store.insert(stream, depositedData(stream), version, over),
              upsertBalances(over, new Map([[stream, { balance: 1, count: 1 }]])),
            ]),
          )
        }),
      )
    },
    // It has none of its own: one writes the message and the table in a transaction.
    [messageDbName]: async (url, { workMs }) => {
      const store = await messageDb(url, callerCount)
      const versions = new Map<string, number>()
      return closing(store.close, () =>
        callers(callerCount, workMs, (caller, turn) => {
          const stream = accountOf(caller, turn)
          const version = (versions.get(stream) ?? -1) + 1
          versions.set(stream, version)
          return store.transaction(async (over) => {
            await store.write(stream, depositedData(stream), version - 1, over)
            await upsertByPg(over, new Map([[stream, { balance: 1, count: 1 }]]))
          })
        }),
      )
    },
    [emmettName]: async (url, { workMs }) => {
      const store = await emmettStore(url, [{ type: 'inline', projection: emmettBalances }] as never)
      return closing(
        () => store.close(),
        () =>
          callers(callerCount, workMs, (caller, turn) => {
            const stream = accountOf(caller, turn)
            return store.appendToStream(stream, [depositedEvent(depositedData(stream))])
          }),
      )
    },
  },
  comparisons: khataToOthers({ [emmettName]: 8 }, [rawSharedName, emmettName, messageDbName]),
}

const emmettBatchName = `${emmettName}, one batch`

/** emmett's consumer with its usual pauses between batches of 100, or with other settings. */
function emmett(pulling: { readonly batchSize?: number; readonly pullingFrequencyInMs?: number }): Contender {
  return async (url, { quick }) => {
    const length = quick ? 1_000 : 5_000
    const store = await emmettStore(url)
    const streams = Array.from({ length: 10 }, (_, i) => accountName(i))
    await fillEmmett(store, streams, depositedData, length / 10)
    const consumer = store.consumer({ pulling })
    let seen = 0
    consumer.projector({
      processorId: 'balances',
      projection: emmettBalances,
      startFrom: 'BEGINNING',
      stopAfter: () => ++seen >= length,
    } as never)
    return closing(
      async () => {
        await consumer.close()
        await store.close()
      },
      async () => {
        const sample = await timed(length, () => consumer.start())
        await checkTotal(url, length)
        return sample
      },
    )
  }
}

/** Looks whether a contender's own table of balances counts every event. */
async function checkTotal(url: string, length: number): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query('SELECT sum(count)::integer AS total FROM balance')
  await client.end()
  if (rows[0]?.total !== length) throw new Error(`the view counts ${rows[0]?.total} events of ${length}`)
}

/** Builds a view of 1,000 balances from a log that is there, until it has reached the head. */
export const asyncProjection: Measurement = {
  name: 'async projection',
  unit: 'events',
  contenders: {
    [khataName]: async (_, size) => {
      const length = lengthOf(size)
      const log = await filledDatabase('khata, to project', async (url) => {
        await using engine = await openPostgres(url)
        await fillKhata(engine, streamOf, depositedData, length)
      })
      return inCopyOf(log, async (url) => {
        await using engine = await openPostgres(url)
        return await timed(length, async () => {
          await using app = await khata({ store: engine, use: [account, balances] })
          await app.projections.caughtUp({ waitMs: 120_000 })
          const last = await app.views.balances.get(accountName(0))
          if (last?.count !== length / accountCount) throw new Error(`the view counts ${last?.count}`)
        })
      })
    },
    [rawEachName]: async (_, size) => {
      const length = lengthOf(size)
      const log = await filledDatabase('raw, to project', async (url) => {
        const store = await rawStore(url)
        await fillRaw(store, streamOf, depositedData, length)
        await store.close()
      })
      return inCopyOf(log, async (url) => {
        const store = await rawStore(url)
        return await closing(store.close, () =>
          timed(length, async () => {
            for (let after = 0; after < length; ) {
              const changes = new Map<string, Balance>()
              for (const { streamId, data, position } of await store.page(after, page)) {
                changes.set(streamId, addDeposit(changes.get(streamId) ?? noBalance, data))
                after = position
              }
              await store.sql.begin((over) =>
                Promise.all([
                  upsertBalances(over as never, changes),
                  over`INSERT INTO checkpoint VALUES ('balances', ${after}) ON CONFLICT (name) DO UPDATE SET position = ${after}`,
                ]),
              )
            }
          }),
        )
      })
    },
    [messageDbName]: async (_, size) => {
      const length = lengthOf(size)
      const log = await filledDatabase('message-db, to project', async (url) => {
        const store = await messageDb(url)
        await fillMessageDb(store, streamOf, depositedData, length)
        await store.close()
      })
      return inCopyOf(log, async (url) => {
        const store = await messageDb(url, 2)
        return await closing(store.close, () =>
          timed(length, async () => {
            for (let after = 0; after < length; ) {
              const changes = new Map<string, Balance>()
              for (const { streamName, data, globalPosition } of await store.category('account', after + 1, page)) {
                changes.set(streamName, addDeposit(changes.get(streamName) ?? noBalance, data))
                after = globalPosition
              }
              await store.transaction(async (over) => {
                await upsertByPg(over, changes)
                await over.query({
                  name: 'checkpoint',
                  text: "INSERT INTO checkpoint VALUES ('balances', $1) ON CONFLICT (name) DO UPDATE SET position = $1",
                  values: [after],
                })
              })
            }
          }),
        )
      })
    },
    [emmettName]: emmett({}),
    // Without its pauses, which nobody can do who runs it beside other work.
    [emmettBatchName]: emmett({ batchSize: 1_000_000, pullingFrequencyInMs: 0 }),
  },
  comparisons: khataToOthers({ [rawEachName]: 0.4, [emmettName]: 100 }, [
    rawEachName,
    messageDbName,
    emmettName,
    emmettBatchName,
  ]),
}
