import { KhataError, khata, projection } from 'khata'
import type { Engine, NewEvent, StoredEvent } from 'khata/ports'
import postgres from 'postgres'
import * as z from 'zod'
import { account } from '../../contenders/khata-app.ts'
import { newEvent } from '../../contenders/khata-store.ts'
import { callers, type Sample, timed, times } from '../../measurement.ts'
import { accountName, addDeposit, depositedData, metadata, noBalance } from '../../shape.ts'
import { commitShared } from '../contenders/raw.ts'

const writers = 64
const page = 1_000

const totals = (name: string) =>
  projection(name, {
    from: [account],
    document: z.object({ balance: z.int(), count: z.int() }),
    key: (event) => event.data.accountId,
    on: { Deposited: (document, { data }) => addDeposit(document ?? noBalance, data) },
  })

/** Brings a projection to the head. It closes the engine. */
export async function project(engine: Engine, name = 'totals'): Promise<void> {
  await using app = await khata({ store: engine, use: [account, totals(name)] })
  // An app waits no longer than its limit, however long it is asked to.
  for (let behind = true; behind; ) {
    behind = await app.projections.caughtUp({ waitMs: 30_000 }).then(
      () => false,
      (error: unknown) => {
        if (error instanceof KhataError && error.code === 'still-processing') return true
        throw error
      },
    )
  }
}

/** Reads the last events of the log in order, decoded. */
export async function readLast(engine: Engine, count: number): Promise<Sample> {
  const { position } = await engine.events.head()
  return timed(count, async () => {
    for (let after = position - count; after < position; ) {
      const { events } = await engine.events.readLog({ after, limit: page })
      for (const { data, metadata } of events) {
        JSON.parse(data)
        JSON.parse(metadata)
      }
      const last = events.at(-1)?.position ?? 0
      if (last !== after + events.length) throw new Error(`a gap between ${after} and ${last}`)
      after = last
    }
  })
}

/** Events of all parts of the log: their streams and tags are what the others work on. */
export async function drawn(engine: Engine, count: number): Promise<readonly StoredEvent[]> {
  const { position } = await engine.events.head()
  const events: StoredEvent[] = []
  while (events.length < count) {
    const [event] = await engine.events.lookUp({ position: 1 + Math.floor(Math.random() * position) })
    if (event && event.tags.length > 0) events.push(event)
  }
  return events
}

const one = (): readonly NewEvent[] => [newEvent(depositedData(accountName(0)))]

/** Each writer appends to a stream of its own. */
export function appendToOwn(engine: Engine, ms: number): Promise<Sample> {
  const run = crypto.randomUUID()
  return callers(writers, ms, async (caller, turn) => {
    const append = { category: 'account', streamId: `${run}-${caller}`, expected: turn, events: one() }
    const { outcome } = await engine.events.commit({ appends: [append] })
    if (outcome !== 'committed') throw new Error(outcome)
  })
}

/** Each append goes to any stream of the log, whatever its version. */
export function appendToAny(engine: Engine, events: readonly StoredEvent[], ms: number): Promise<Sample> {
  return callers(writers, ms, async (caller, turn) => {
    const streamId = events[(caller + turn * writers) % events.length]?.streamId ?? ''
    const append = { category: 'account', streamId, expected: null, events: one() }
    const { outcome } = await engine.events.commit({ appends: [append] })
    if (outcome !== 'committed') throw new Error(outcome)
  })
}

/** Each append stands under the condition that nothing came about any customer and any product since they were read. */
export function appendUnderCondition(engine: Engine, events: readonly StoredEvent[], ms: number): Promise<Sample> {
  return callers(writers, ms, async (caller, turn) => {
    const { tags } = events[(caller + turn * writers) % events.length] as StoredEvent
    const query = tags.map((tag) => ({ tags: [tag] }))
    const { scannedTo } = await engine.events.readLog({ after: 0, query, limit: page })
    const streamId = crypto.randomUUID()
    const { outcome } = await engine.events.commit({
      appends: [{ category: 'account', streamId, expected: 0, events: one() }],
      conditions: [{ query, after: scannedTo, clause: 'moved-on' }],
    })
    if (outcome !== 'committed') throw new Error(outcome)
  })
}

/** One reader loads streams from anywhere in the log. */
export async function loadStreams(engine: Engine, events: readonly StoredEvent[], ms: number): Promise<Sample> {
  let read = 0
  let loads = 0
  const sample = await callers(1, ms, async (_, turn) => {
    const streamId = events[turn % events.length]?.streamId ?? ''
    const stream = await engine.events.readStream({ category: 'account', streamId, limit: page })
    stream.reduce((state, { data }) => addDeposit(state, JSON.parse(data)), noBalance)
    read += stream.length
    loads++
  })
  return times(sample, read / loads)
}

/** What the driver `postgres` inserts by hand, in shared commits, into an empty table of the same shape and indexes. */
export async function insertByHand(url: string, ms: number): Promise<Sample> {
  const sql = postgres(url, { max: 1, onnotice: () => {} })
  await sql.unsafe('DROP TABLE IF EXISTS by_hand; CREATE TABLE by_hand (LIKE khata.event INCLUDING ALL)')
  const run = crypto.randomUUID()
  const together = commitShared({ sql })
  let position = 0
  const sample = await callers(writers, ms, (caller, turn) => {
    const { id, type, data } = one()[0] as NewEvent
    position++
    const place = [position, id, Date.now(), turn + 1, 1, 'account', `${run}-${caller}`, type]
    return together(
      (
        over,
      ) => over`INSERT INTO by_hand (position, id, recorded_at, version, schema_version, category, stream_id, type, metadata, data)
        VALUES ${over([...place, metadata as never, JSON.parse(data)] as never)}`,
    )
  })
  await sql.unsafe('DROP TABLE by_hand')
  await sql.end()
  return sample
}
