import { openSqlite } from 'khata/sqlite'
import { depositedEvent, emmettStore } from '../contenders/emmett.ts'
import { append, newEvent } from '../contenders/khata-store.ts'
import { type Commit, commitEach, commitShared } from '../contenders/raw-commits.ts'
import { type RawDatabase, rawDatabase } from '../contenders/raw-database.ts'
import {
  callers,
  emmettName,
  khataName,
  khataToOthers,
  type Measurement,
  rawEachName,
  rawSharedName,
  type Sample,
  times,
} from '../measurement.ts'
import { accountOf, callerCount, depositedData, versionAt } from '../shape.ts'

type Contender = Measurement['contenders'][string]

/** So many callers, each of which appends so many events at a time to a stream. */
function appends(count: number, batch: number): Measurement['contenders'] {
  const raw =
    (committed: (database: RawDatabase) => Commit): Contender =>
    async (file, { workMs }) => {
      const database = rawDatabase(file)
      const commit = committed(database)
      const sample = await callers(count, workMs, (caller, turn) =>
        commit(() => {
          const account = accountOf(caller, turn)
          const version = versionAt(turn, batch)
          for (let i = 0; i < batch; i++) database.insert(account, depositedData(account), version + i)
        }),
      )
      database.close()
      return times(sample, batch)
    }
  const khata: Contender = async (file, { workMs }) => {
    await using engine = await openSqlite(file)
    const sample = await callers(count, workMs, (caller, turn) => {
      const account = accountOf(caller, turn)
      return append(
        engine,
        account,
        versionAt(turn, batch),
        Array.from({ length: batch }, () => newEvent(depositedData(account))),
      )
    })
    return times(sample, batch)
  }
  const emmett: Contender = async (file, { workMs }) => {
    const opened = await emmettStore(file)
    const sample: Sample = await callers(count, workMs, (caller, turn) => {
      const account = accountOf(caller, turn)
      return opened.store.appendToStream(
        account,
        Array.from({ length: batch }, () => depositedEvent(depositedData(account))),
        { expectedStreamVersion: BigInt(versionAt(turn, batch)) },
      )
    })
    await opened.close()
    return times(sample, batch)
  }
  return { [khataName]: khata, [rawSharedName]: raw(commitShared), [rawEachName]: raw(commitEach), [emmettName]: emmett }
}

const others = [rawSharedName, rawEachName, emmettName]

/** One writer that waits for each commit before the next append. */
export const serialAppend: Measurement = {
  name: 'append, 1 writer',
  unit: 'events',
  contenders: appends(1, 1),
  comparisons: khataToOthers({}, others),
}

/** Many writers at once, on streams of their own. */
export const concurrentAppend: Measurement = {
  name: `append, ${callerCount} writers`,
  unit: 'events',
  contenders: appends(callerCount, 1),
  comparisons: khataToOthers({ [rawSharedName]: 1, [emmettName]: 5 }, others),
}

/** One writer that appends 100 events at a time. */
export const batchAppend: Measurement = {
  name: 'append, batches of 100',
  unit: 'events',
  contenders: appends(1, 100),
  comparisons: khataToOthers({}, others),
}
