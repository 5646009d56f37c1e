import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { LogRange } from '../ports/event-store.ts'
import { openSqlite } from '../sqlite/index.ts'
import { sample, to } from '../testing/conformance/samples.ts'
import { decodeEvent } from './codec.ts'
import { historyOf } from './history.ts'
import { registryOf } from './registry.ts'
import { tailOf } from './tail.ts'

const mebibyte = 1024 * 1024
const large = (): string => JSON.stringify('x'.repeat(mebibyte - 2))

/** A tail of an empty store, and what it asks the store for. */
async function tailUnderTest() {
  const engine = await openSqlite(':memory:')
  const asked: LogRange[] = []
  const readLog: typeof engine.events.readLog = (range) => {
    asked.push(range)
    return engine.events.readLog(range)
  }
  const history = historyOf(engine, await engine.identity())
  const registry = registryOf([])
  const tail = tailOf({ ...engine, events: { ...engine.events, readLog } }, registry, history)
  /** Commits events as a command does, and hands them over; answers the last position. */
  const commit = async (data: readonly string[], handOver: boolean): Promise<number> => {
    const events = data.map((text) => sample('Happened', { data: text }))
    const done = await engine.events.commit({ appends: [to('account/one', null, ...events)] })
    assert.equal(done.outcome, 'committed')
    const { first, last } = done as Extract<typeof done, { outcome: 'committed' }>
    const stored = (await engine.events.readLog({ after: first - 1, limit: events.length })).events
    const bytes = stored.reduce((sum, event) => sum + event.data.length + event.metadata.length, 0)
    if (handOver) {
      tail.push(
        stored.map((event): RecordedEvent => decodeEvent(registry, event)),
        bytes,
      )
    }
    return last
  }
  const close = async (): Promise<void> => {
    tail.close()
    await engine.close()
  }
  return { tail, asked, commit, [Symbol.asyncDispose]: close }
}

test('pages get short where events are large, and long again where they are small; nothing is left out', async () => {
  await using under = await tailUnderTest()
  const { tail, commit } = under
  for (let i = 0; i < 40; i++) await commit([large()], false)
  const head = await commit(
    Array.from({ length: 3_000 }, () => '1'),
    false,
  )
  const lengths: number[] = []
  for (let after = 0; after < head; ) {
    const { events, to, full } = await tail.read(after, 30)
    assert.deepEqual(
      events.map(({ position }) => position),
      Array.from({ length: to - after }, (_, i) => after + i + 1),
    )
    assert.ok(full || to === head)
    lengths.push(events.length)
    after = to
  }
  assert.ok(lengths.slice(0, 2).every((length) => length > 1 && length <= 16))
  assert.equal(lengths.at(-2), 30)
})

test('events just committed are handed over from memory, as many as 8 MiB hold', async () => {
  await using under = await tailUnderTest()
  const { tail, asked, commit } = under
  const first = await commit(['1', '2'], true)
  assert.equal((await tail.read(first - 1, 10)).events[0]?.data, 2)
  assert.equal(asked.length, 0)
  let head = first
  for (let i = 0; i < 20; i++) head = await commit([large()], true)
  assert.equal((await tail.read(head - 1, 10)).events.length, 1)
  assert.equal(asked.length, 0)
  assert.equal((await tail.read(head - 9, 10)).events.length, 9)
  assert.equal(asked.length, 1)
  assert.equal((await tail.read(first - 1, 1)).events[0]?.data, 2)
})
