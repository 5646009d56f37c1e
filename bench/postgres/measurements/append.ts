import { openPostgres } from '../../../src/postgres/index.ts'
import { append, newEvent } from '../../contenders/khata-store.ts'
import { callers, times } from '../../measurement.ts'
import { depositedData } from '../../shape.ts'
import { depositedEvent, emmettStore } from '../contenders/emmett.ts'
import { messageDb } from '../contenders/message-db.ts'
import { commitShared, type RawStore, rawStore } from '../contenders/raw.ts'
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

/** Each caller has a stream of its own: a conflict would not measure speed. */
const streamOf = (caller: number): string => `account-${String(caller).padStart(4, '0')}`

function raw(count: number, batch: number, shared: boolean): Contender {
  return async (url, { workMs }) => {
    const store = await rawStore(url, shared ? 1 : Math.min(count, 64))
    const together = commitShared(store)
    return closing(store.close, async () => {
      const insertAll = (over: RawStore['sql'], caller: number, turn: number): Promise<unknown> =>
        Promise.all(
          Array.from({ length: batch }, (_, i) =>
            store.insert(streamOf(caller), depositedData(streamOf(caller)), turn * batch + i + 1, over),
          ),
        )
      const sample = await callers(count, workMs, (caller, turn) => {
        if (shared) return together((over) => insertAll(over, caller, turn))
        if (batch === 1) return insertAll(store.sql, caller, turn)
        return store.sql.begin((over) => insertAll(over as unknown as RawStore['sql'], caller, turn))
      })
      return times(sample, batch)
    })
  }
}

function khata(count: number, batch: number): Contender {
  return async (url, { workMs }) => {
    await using engine = await openPostgres(url)
    const sample = await callers(count, workMs, (caller, turn) => {
      const stream = streamOf(caller)
      return append(
        engine,
        stream,
        turn * batch,
        Array.from({ length: batch }, () => newEvent(depositedData(stream))),
      )
    })
    return times(sample, batch)
  }
}

function emmett(count: number, batch: number): Contender {
  return async (url, { workMs }) => {
    const store = await emmettStore(url)
    return closing(
      () => store.close(),
      async () => {
        const sample = await callers(count, workMs, (caller, turn) => {
          const stream = streamOf(caller)
          const events = Array.from({ length: batch }, () => depositedEvent(depositedData(stream)))
          return store.appendToStream(stream, events, { expectedStreamVersion: BigInt(turn * batch) })
        })
        return times(sample, batch)
      },
    )
  }
}

/** Message DB's writers wait for their category's lock, so that it is faster when each has a category to itself. */
const messageDbApartName = `${messageDbName}, a category for each`

/** `streams` names a caller's stream. */
function messages(count: number, batch: number, streams: (caller: number) => string): Contender {
  return async (url, { workMs }) => {
    const store = await messageDb(url, Math.min(count, 64))
    return closing(store.close, async () => {
      const sample = await callers(count, workMs, (caller, turn) => {
        const data = depositedData(streamOf(caller))
        const expected = turn * batch - 1
        if (batch === 1) return store.write(streams(caller), data, expected)
        const all = Array.from({ length: batch }, () => data)
        return store.writeAll(streams(caller), all, expected)
      })
      return times(sample, batch)
    })
  }
}

function appends(name: string, count: number, batch: number, goals: { readonly [name: string]: number }): Measurement {
  return {
    name,
    unit: 'events',
    contenders: {
      [khataName]: khata(count, batch),
      [rawSharedName]: raw(count, batch, true),
      [rawEachName]: raw(count, batch, false),
      [emmettName]: emmett(count, batch),
      [messageDbName]: messages(count, batch, streamOf),
      ...(count === 1 ? {} : { [messageDbApartName]: messages(count, batch, (caller) => `account${caller}-1`) }),
    },
    comparisons: khataToOthers(goals, [rawSharedName, rawEachName, emmettName, messageDbName, messageDbApartName]),
  }
}

/** Events on streams of their own: one writer, 64, 512, and one that appends 100 at a time. */
export const appending: readonly Measurement[] = [
  appends('append, 1 writer', 1, 1, {}),
  appends('append, 64 writers', 64, 1, { [rawSharedName]: 1.2, [emmettName]: 10 }),
  appends('append, 512 writers', 512, 1, {}),
  appends('append, batches of 100', 1, 100, {}),
]
