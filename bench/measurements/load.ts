import { openSqlite } from 'khata/sqlite'
import { type DepositedEvent, emmettStore, fillEmmett } from '../contenders/emmett.ts'
import { fillKhata } from '../contenders/khata-store.ts'
import { fillRaw, rawDatabase } from '../contenders/raw-database.ts'
import { callers, emmettName, khataName, khataToOthers, type Measurement, rawEachName, times } from '../measurement.ts'
import { accountName, addDeposit, type Balance, type Deposited, depositedData, noBalance } from '../shape.ts'

const length = 1_000
const stream = accountName(0)

function check(state: Balance): void {
  if (state.count !== length) throw new Error(`folded ${state.count} events`)
}

/** Reads a stream of 1,000 events, decodes and folds it: a command on a cold aggregate. */
export const loadStream: Measurement = {
  name: 'load and fold a stream of 1,000',
  unit: 'events',
  contenders: {
    [khataName]: async (file, { workMs }) => {
      await using engine = await openSqlite(file)
      await fillKhata(engine, () => stream, depositedData, length)
      const sample = await callers(1, workMs, async () => {
        const events = await engine.events.readStream({ category: 'account', streamId: stream, limit: length })
        check(events.reduce((state, { data }) => addDeposit(state, JSON.parse(data) as Deposited), noBalance))
      })
      return times(sample, length)
    },
    [rawEachName]: async (file, { workMs }) => {
      const database = rawDatabase(file)
      fillRaw(database, () => stream, depositedData, length)
      const sample = await callers(1, workMs, async () => {
        check(database.stream(stream).reduce((state, { data }) => addDeposit(state, data), noBalance))
      })
      database.close()
      return times(sample, length)
    },
    [emmettName]: async (file, { workMs }) => {
      const opened = await emmettStore(file)
      await fillEmmett(opened, [stream], depositedData, length)
      const sample = await callers(1, workMs, async () => {
        const { state } = await opened.store.aggregateStream<Balance, DepositedEvent>(stream, {
          evolve: (state: Balance, { data }: DepositedEvent) => addDeposit(state, data),
          initialState: () => noBalance,
        })
        check(state)
      })
      await opened.close()
      return times(sample, length)
    },
  },
  comparisons: khataToOthers({}, [rawEachName, emmettName]),
}
