import { khata } from 'khata'
import { openSqlite } from 'khata/sqlite'
import { type DepositedEvent, depositedEvent, emmettStore, fillEmmett, oneAfterAnother } from '../contenders/emmett.ts'
import { account } from '../contenders/khata-app.ts'
import { fillKhata } from '../contenders/khata-store.ts'
import { commitShared } from '../contenders/raw-commits.ts'
import { fillRaw, rawDatabase } from '../contenders/raw-database.ts'
import { callers, emmettName, khataName, khataToOthers, type Measurement, rawSharedName } from '../measurement.ts'
import {
  accountCount,
  accountName,
  accountOf,
  addDeposit,
  type Balance,
  callerCount,
  depositedData,
  noBalance,
} from '../shape.ts'

/** Events that each account has before the first command. */
const history = 10
const streamOf = (i: number): string => accountName(i % accountCount)

/** Load the account, decide, append if nothing came between: 64 callers on 1,000 accounts. */
export const commandHandling: Measurement = {
  name: `commands, ${callerCount} callers on ${accountCount} accounts`,
  unit: 'commands',
  contenders: {
    [khataName]: async (file, { workMs }) => {
      const engine = await openSqlite(file)
      await fillKhata(engine, streamOf, depositedData, accountCount * history)
      const app = await khata({ store: engine, use: [account] })
      const sample = await callers(callerCount, workMs, (caller, turn) =>
        app.execute('Deposit', depositedData(accountOf(caller, turn))),
      )
      await app.close()
      await engine.close()
      return sample
    },
    [rawSharedName]: async (file, { workMs }) => {
      const database = rawDatabase(file)
      fillRaw(database, streamOf, depositedData, accountCount * history)
      const commit = commitShared(database)
      const sample = await callers(callerCount, workMs, async (caller, turn) => {
        const stream = accountOf(caller, turn)
        const events = database.stream(stream)
        const state = events.reduce((state, { data }) => addDeposit(state, data), noBalance)
        if (state.count !== events.length) throw new Error('the fold is wrong')
        await commit(() => database.insert(stream, depositedData(stream), events.length))
      })
      database.close()
      return sample
    },
    [emmettName]: async (file, { workMs }) => {
      const opened = await emmettStore(file)
      const used = new Set(
        Array.from({ length: callerCount * accountCount }, (_, i) => accountOf(i % callerCount, Math.floor(i / callerCount))),
      )
      const inTurn = oneAfterAnother()
      await fillEmmett(opened, [...used], depositedData, history)
      const sample = await callers(callerCount, workMs, async (caller, turn) => {
        const stream = accountOf(caller, turn)
        const { state, currentStreamVersion } = await opened.store.aggregateStream<Balance, DepositedEvent>(stream, {
          evolve: (state: Balance, { data }: DepositedEvent) => addDeposit(state, data),
          initialState: () => noBalance,
        })
        if (state.count < history) throw new Error('the fold is wrong')
        const events = [depositedEvent(depositedData(stream))]
        await inTurn(() => opened.store.appendToStream(stream, events, { expectedStreamVersion: currentStreamVersion }))
      })
      await opened.close()
      return sample
    },
  },
  comparisons: khataToOthers({ [rawSharedName]: 1.2, [emmettName]: 7 }, [rawSharedName, emmettName]),
}
