import { khata } from 'khata'
import { openPostgres } from '../../../src/postgres/index.ts'
import { account } from '../../contenders/khata-app.ts'
import { fillKhata } from '../../contenders/khata-store.ts'
import { callers } from '../../measurement.ts'
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
import { fillMessageDb, messageDb } from '../contenders/message-db.ts'
import { commitShared, fillRaw, rawStore } from '../contenders/raw.ts'
import { closing, emmettName, khataName, khataToOthers, type Measurement, messageDbName, rawSharedName } from '../names.ts'

/** Events that each account has before the first command. */
const history = 10
const streamOf = (i: number): string => accountName(i % accountCount)

/** Load the account, decide, append if nothing came between: 64 callers on 1,000 accounts. */
export const commandHandling: Measurement = {
  name: `commands, ${callerCount} callers on ${accountCount} accounts`,
  unit: 'commands',
  contenders: {
    [khataName]: async (url, { workMs }) => {
      const engine = await openPostgres(url)
      await fillKhata(engine, streamOf, depositedData, accountCount * history)
      const app = await khata({ store: engine, use: [account] })
      const sample = await callers(callerCount, workMs, (caller, turn) =>
        app.execute('Deposit', depositedData(accountOf(caller, turn))),
      )
      await app.close()
      await engine.close()
      return sample
    },
    [rawSharedName]: async (url, { workMs }) => {
      const store = await rawStore(url, 2)
      await fillRaw(store, streamOf, depositedData, accountCount * history)
      const together = commitShared(store)
      return closing(store.close, () =>
        callers(callerCount, workMs, async (caller, turn) => {
          const stream = accountOf(caller, turn)
          const events = await store.stream(stream)
          const state = events.reduce((state, { data }) => addDeposit(state, data), noBalance)
          if (state.count !== events.length) throw new Error('the fold is wrong')
          await together((over) => store.insert(stream, depositedData(stream), events.length + 1, over))
        }),
      )
    },
    [messageDbName]: async (url, { workMs }) => {
      const store = await messageDb(url, callerCount)
      await fillMessageDb(store, streamOf, depositedData, accountCount * history)
      return closing(store.close, () =>
        callers(callerCount, workMs, async (caller, turn) => {
          const stream = accountOf(caller, turn)
          const events = await store.stream(stream)
          const state = events.reduce((state, { data }) => addDeposit(state, data), noBalance)
          if (state.count < history) throw new Error('the fold is wrong')
          await store.write(stream, depositedData(stream), events.length - 1)
        }),
      )
    },
    [emmettName]: async (url, { workMs }) => {
      const store = await emmettStore(url)
      const used = new Set(
        Array.from({ length: callerCount * 20 }, (_, i) => accountOf(i % callerCount, Math.floor(i / callerCount))),
      )
      await fillEmmett(store, [...used], depositedData, history)
      return closing(
        () => store.close(),
        () =>
          callers(callerCount, workMs, async (caller, turn) => {
            const stream = accountOf(caller, turn)
            const { state, currentStreamVersion } = await store.aggregateStream<Balance, DepositedEvent>(stream, {
              evolve: (state: Balance, { data }: DepositedEvent) => addDeposit(state, data),
              initialState: () => noBalance,
            })
            if (state.count < history) throw new Error('the fold is wrong')
            const events = [depositedEvent(depositedData(stream))]
            await store.appendToStream(stream, events, { expectedStreamVersion: currentStreamVersion })
          }),
      )
    },
  },
  comparisons: khataToOthers({ [emmettName]: 12 }, [rawSharedName, emmettName, messageDbName]),
}
