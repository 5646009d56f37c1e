import { khata } from 'khata'
import { openSqlite } from 'khata/sqlite'
import { emmettStore, fillEmmett } from '../contenders/emmett.ts'
import { account, balances } from '../contenders/khata-app.ts'
import { fillKhata } from '../contenders/khata-store.ts'
import { fillRaw, type RawDatabase, rawDatabase } from '../contenders/raw-database.ts'
import { emmettName, khataName, khataToOthers, type Measurement, rawEachName, type Size, timed } from '../measurement.ts'
import { accountCount, accountName, addDeposit, type Balance, depositedData, noBalance } from '../shape.ts'
import { emmettBalances } from './inline-projection.ts'

const page = 1_000
const streamOf = (i: number): string => accountName(i % accountCount)

const emmettBatchName = `${emmettName}, one batch`

function lengthOf({ quick }: Size): number {
  return quick ? 30_000 : 200_000
}

/** Folds a page in memory and writes each balance once, with the checkpoint, in one transaction. */
function projectRaw(database: RawDatabase, length: number): void {
  const checkpoint = database.db.prepare(
    `INSERT INTO checkpoint (name, position) VALUES ('balances', ?) ON CONFLICT DO UPDATE SET position = excluded.position`,
  )
  for (let after = 0; after < length; ) {
    const changes = new Map<string, Balance>()
    for (const { streamId, data, position } of database.page(after, page)) {
      changes.set(streamId, addDeposit(changes.get(streamId) ?? noBalance, data))
      after = position
    }
    database.db.exec('BEGIN IMMEDIATE')
    for (const [id, change] of changes) database.upsert(id, change)
    checkpoint.run(after)
    database.db.exec('COMMIT')
  }
}

/** emmett's consumer with its usual pauses between batches of 100, or with other settings. */
function emmett(pulling: {
  readonly batchSize?: number
  readonly pullingFrequencyInMs?: number
}): Measurement['contenders'][string] {
  return async (file, { quick }) => {
    const length = quick ? 1_000 : 5_000
    const opened = await emmettStore(file)
    const streams = Array.from({ length: 10 }, (_, i) => accountName(i))
    await fillEmmett(opened, streams, depositedData, length / 10)
    const context = { connection: opened.connection }
    await emmettBalances.init?.({ version: 1, registrationType: 'async', status: 'active', context })
    const consumer = opened.store.consumer({ pulling })
    consumer.processor({
      processorId: 'balances',
      projection: emmettBalances,
      startFrom: 'BEGINNING',
      stopAfter: ({ metadata }) => metadata.globalPosition >= BigInt(length),
    })
    const sample = await timed(length, () => consumer.start())
    await opened.close()
    return sample
  }
}

/** Builds a view of 1,000 balances from a log that is there, until it has reached the head. */
export const asyncProjection: Measurement = {
  name: 'async projection',
  unit: 'events',
  contenders: {
    [khataName]: async (file, size) => {
      const length = lengthOf(size)
      const engine = await openSqlite(file)
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
    [rawEachName]: async (file, size) => {
      const length = lengthOf(size)
      const database = rawDatabase(file)
      fillRaw(database, streamOf, depositedData, length)
      const sample = await timed(length, () => projectRaw(database, length))
      database.close()
      return sample
    },
    [emmettName]: emmett({}),
    // A batch as long as the log spares emmett its pauses between batches, which nobody can rely on.
    [emmettBatchName]: emmett({ batchSize: 1_000_000, pullingFrequencyInMs: 0 }),
  },
  comparisons: khataToOthers({ [rawEachName]: 0.4, [emmettName]: 50 }, [rawEachName, emmettName, emmettBatchName]),
}
