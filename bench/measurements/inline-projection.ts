import { sqliteRawSQLProjection } from '@event-driven-io/emmett-sqlite'
import { khata } from 'khata'
import { type DepositedEvent, depositedEvent, emmettStore } from '../contenders/emmett.ts'
import { account, inlineBalances } from '../contenders/khata-app.ts'
import { type Commit, commitEach, commitShared } from '../contenders/raw-commits.ts'
import { type RawDatabase, rawDatabase } from '../contenders/raw-database.ts'
import { callers, emmettName, khataName, khataToOthers, type Measurement, rawEachName, rawSharedName } from '../measurement.ts'
import { accountOf, callerCount, depositedData } from '../shape.ts'

/** emmett's projection: an upsert in SQL for each event. */
export const emmettBalances = sqliteRawSQLProjection<DepositedEvent>({
  canHandle: ['Deposited'],
  evolve: ({ data }) =>
    `INSERT INTO balance (id, balance, count) VALUES ('${data.accountId}', ${data.amount}, 1)
     ON CONFLICT (id) DO UPDATE SET balance = balance + excluded.balance, count = count + 1`,
  initSQL: 'CREATE TABLE IF NOT EXISTS balance (id TEXT PRIMARY KEY, balance INTEGER NOT NULL, count INTEGER NOT NULL)',
})

const raw =
  (committed: (database: RawDatabase) => Commit): Measurement['contenders'][string] =>
  async (file, { workMs }) => {
    const database = rawDatabase(file)
    const commit = committed(database)
    const sample = await callers(callerCount, workMs, (caller, turn) =>
      commit(() => {
        const stream = accountOf(caller, turn)
        database.insert(stream, depositedData(stream), null)
        database.upsert(stream, { balance: 1, count: 1 })
      }),
    )
    database.close()
    return sample
  }

/** Many callers whose events change a document in the same transaction. Khata's go through commands. */
export const inlineProjection: Measurement = {
  name: `inline projection, ${callerCount} callers`,
  unit: 'events',
  contenders: {
    [khataName]: async (file, { workMs }) => {
      await using app = await khata({ store: `sqlite:${file}`, use: [account, inlineBalances] })
      return await callers(callerCount, workMs, (caller, turn) =>
        app.execute('Deposit', depositedData(accountOf(caller, turn))),
      )
    },
    [rawSharedName]: raw(commitShared),
    [rawEachName]: raw(commitEach),
    [emmettName]: async (file, { workMs }) => {
      const opened = await emmettStore(file, [{ type: 'inline', projection: emmettBalances as never }])
      const sample = await callers(callerCount, workMs, (caller, turn) => {
        const stream = accountOf(caller, turn)
        return opened.store.appendToStream(stream, [depositedEvent(depositedData(stream))])
      })
      await opened.close()
      return sample
    },
  },
  comparisons: khataToOthers({}, [rawSharedName, rawEachName, emmettName]),
}
