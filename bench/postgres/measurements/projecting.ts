import { SQL } from '@event-driven-io/dumbo'
import { postgreSQLRawSQLProjection } from '@event-driven-io/emmett-postgresql'
import { khata } from 'khata'
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
import { type DepositedEvent, depositedEvent, emmettStore, fillEmmett } from '../contenders/emmett.ts'
import { commitShared, fillRaw, rawStore, upsertBalances } from '../contenders/raw.ts'
import { closing, emmettName, khataName, khataToOthers, type Measurement, rawEachName, rawSharedName } from '../names.ts'

const page = 1_000
const streamOf = (i: number): string => accountName(i % accountCount)
const lengthOf = ({ quick }: Size): number => (quick ? 30_000 : 200_000)

/** emmett's projection: an upsert in SQL for each event. */
const emmettBalances = postgreSQLRawSQLProjection<DepositedEvent>({
  name: 'balances',
  canHandle: ['Deposited'],
  evolve: ({ data }) => SQL`INSERT INTO balance (id, balance, count) VALUES (${data.accountId}, ${data.amount}, 1)
    ON CONFLICT (id) DO UPDATE SET balance = balance.balance + excluded.balance, count = balance.count + 1`,
  init: () => SQL`CREATE TABLE IF NOT EXISTS balance (id text PRIMARY KEY, balance bigint NOT NULL, count bigint NOT NULL)`,
})

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
  comparisons: khataToOthers({ [emmettName]: 8 }, [rawSharedName, emmettName]),
}

/** Builds a view of 1,000 balances from a log that is there, until it has reached the head. */
export const asyncProjection: Measurement = {
  name: 'async projection',
  unit: 'events',
  contenders: {
    [khataName]: async (url, size) => {
      const length = lengthOf(size)
      const engine = await openPostgres(url)
      await fillKhata(engine, streamOf, depositedData, length)
      const sample = await timed(length, async () => {
        await using app = await khata({ store: engine, use: [account, balances] })
        await app.projections.caughtUp({ waitMs: 120_000 })
        const last = await app.views.balances.get(accountName(0))
        if (last?.count !== length / accountCount) throw new Error(`the view counts ${last?.count}`)
      })
      await engine.close()
      return sample
    },
    [rawEachName]: async (url, size) => {
      const length = lengthOf(size)
      const store = await rawStore(url)
      await fillRaw(store, streamOf, depositedData, length)
      return closing(store.close, () =>
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
    },
    [emmettName]: async (url, { quick }) => {
      const length = quick ? 1_000 : 5_000
      const store = await emmettStore(url)
      const streams = Array.from({ length: 10 }, (_, i) => accountName(i))
      await fillEmmett(store, streams, depositedData, length / 10)
      const consumer = store.consumer()
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
        () => timed(length, () => consumer.start()),
      )
    },
  },
  comparisons: khataToOthers({ [rawEachName]: 0.4, [emmettName]: 100 }, [rawEachName, emmettName]),
}
