/** A server that answers no more while its connections stay open, as behind a network that swallows everything. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilTrue } from '../runtime/reactions/eventually.fixture.ts'
import { sample } from '../testing/conformance/samples.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { proxyTo } from './proxy.fixture.ts'

const url = await newDatabase()
/** Longer than a test may take: nothing here ends because a read or a commit gave up by itself. */
const timeoutMs = 3_600_000

test('a store is closed when its time is over, whatever the server does not answer', { timeout: 60_000 }, async () => {
  const proxy = await proxyTo(url)
  const engine = await openPostgres(proxy.url, { timeoutMs })
  const commit = () => engine.events.commit({ appends: [{ category: 'c', streamId: 's', expected: null, events: [sample()] }] })
  await commit()
  await engine.events.head()
  proxy.silent = true
  const dialed = proxy.dialed()
  // More reads than there are connections for, so that one is asked for of a server that never takes it.
  const waiting = [commit(), commit(), engine.events.head(), engine.events.head(), engine.identity()]
  const answers = waiting.map((asked) =>
    asked.then(
      () => 'answered',
      ({ code }) => code,
    ),
  )
  await untilTrue(() => proxy.dialed() > dialed)
  const late = new AbortController()
  const closing = engine.close(late.signal)
  late.abort()
  await closing
  assert.deepEqual(
    await Promise.all(answers),
    waiting.map(() => 'store-unavailable'),
  )
  await untilTrue(() => proxy.connections() === 0)
})

test('a store whose time was over before is closed all the same', { timeout: 60_000 }, async () => {
  const proxy = await proxyTo(url)
  const engine = await openPostgres(proxy.url, { timeoutMs })
  const stop = engine.onCommit(() => {})
  proxy.silent = true
  const asked = assert.rejects(engine.events.head(), { code: 'store-unavailable' })
  await Promise.all([engine.close(AbortSignal.abort()), asked])
  stop()
  await untilTrue(() => proxy.connections() === 0)
})
