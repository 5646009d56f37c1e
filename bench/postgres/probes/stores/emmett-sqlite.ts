import { isExpectedVersionConflictError } from '@event-driven-io/emmett'
import { type DepositedEvent, depositedEvent, emmettStore } from '../../../contenders/emmett.ts'
import { emmettBalances } from '../../../measurements/inline-projection.ts'
import { keyedData, type OpenProbed } from '../store.ts'

/** emmett on SQLite, one connection shared by all callers, with an inline projection. */
export const countingEmmettOnSqlite: OpenProbed = async (file) => {
  const { store, connection, close } = await emmettStore(file, [{ type: 'inline', projection: emmettBalances as never }])
  return {
    append: async (stream, expected, key) => {
      try {
        await store.appendToStream(stream, [depositedEvent(keyedData(stream, key))], {
          expectedStreamVersion: BigInt(expected),
        })
        return true
      } catch (error) {
        if (isExpectedVersionConflictError(error)) return false
        throw error
      }
    },
    stream: async (stream) => {
      const { events, currentStreamVersion } = await store.readStream<DepositedEvent>(stream)
      return { keys: events.map(({ data }) => data.note), version: Number(currentStreamVersion) }
    },
    consume: () => Promise.reject(new Error('not probed')),
    catchUp: () => Promise.reject(new Error('not probed')),
    counted: async (stream) => {
      const row = await connection.querySingle<{ count: number }>('SELECT count FROM balance WHERE id = ?', [stream])
      return row?.count ?? 0
    },
    close,
  }
}
