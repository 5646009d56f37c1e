import { readMessagesBatch } from '@event-driven-io/emmett-sqlite'
import { openSqlite } from 'khata/sqlite'
import { emmettStore, fillEmmett } from '../contenders/emmett.ts'
import { fillKhata } from '../contenders/khata-store.ts'
import { fillRaw, rawDatabase } from '../contenders/raw-database.ts'
import { emmettName, khataName, khataToOthers, type Measurement, rawEachName, type Size, timed } from '../measurement.ts'
import { accountCount, accountName, depositedData } from '../shape.ts'

const page = 1_000
const streamOf = (i: number): string => accountName(i % accountCount)

function lengthOf({ quick }: Size): number {
  return quick ? 40_000 : 200_000
}

/** Checks the order on the way: the answer of a contender that skips is worth nothing. */
function inOrder(): (positions: readonly number[]) => number {
  let last = 0
  return (positions) => {
    for (const position of positions) {
      if (position !== last + 1) throw new Error(`position ${position} after ${last}`)
      last = position
    }
    return last
  }
}

/** Reads the whole log in order in pages of 1,000, data and metadata decoded. */
export const readInOrder: Measurement = {
  name: 'read the log in order',
  unit: 'events',
  contenders: {
    [khataName]: async (file, size) => {
      const length = lengthOf(size)
      await using engine = await openSqlite(file)
      await fillKhata(engine, streamOf, depositedData, length)
      return timed(length, async () => {
        const see = inOrder()
        for (let after = 0; after < length; ) {
          const { events } = await engine.events.readLog({ after, limit: page })
          const decoded = events.map((event) => ({
            ...event,
            data: JSON.parse(event.data),
            metadata: JSON.parse(event.metadata),
          }))
          after = see(decoded.map(({ position }) => position))
        }
      })
    },
    [rawEachName]: async (file, size) => {
      const length = lengthOf(size)
      const database = rawDatabase(file)
      fillRaw(database, streamOf, depositedData, length)
      const sample = await timed(length, () => {
        const see = inOrder()
        for (let after = 0; after < length; ) after = see(database.page(after, page).map(({ position }) => position))
      })
      database.close()
      return sample
    },
    [emmettName]: async (file, size) => {
      const length = lengthOf(size) / 10
      const opened = await emmettStore(file)
      const streams = Array.from({ length: length / 100 }, (_, i) => accountName(i))
      await fillEmmett(opened, streams, depositedData, 100)
      const sample = await timed(length, async () => {
        const see = inOrder()
        for (let after = 0; after < length; ) {
          const { messages } = await readMessagesBatch(opened.connection, { after: BigInt(after), batchSize: page })
          after = see(messages.map(({ metadata }) => Number(metadata.globalPosition)))
        }
      })
      await opened.close()
      return sample
    },
  },
  comparisons: khataToOthers({ [rawEachName]: 0.6 }, [rawEachName, emmettName]),
}
