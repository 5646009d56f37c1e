/** A connection that breaks while a commit is on its way: the commit has one effect, and its caller learns of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Commit } from '../ports/event-store.ts'
import { untilTrue } from '../runtime/reactions/eventually.fixture.ts'
import { sample } from '../testing/conformance/samples.ts'
import { connect } from './connection.ts'
import { newDatabase, server } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { beginLocked } from './lock.ts'
import { settingsOf } from './options.ts'
import { type Fault, proxyTo } from './proxy.fixture.ts'

const url = await newDatabase()
const proxy = await proxyTo(url)
let stores = 0

function append(streamId: string, expected: number | null): Commit {
  return { appends: [{ category: 'account', streamId, expected, events: [sample(), sample()] }] }
}

const faults: Fault[] = ['cut-before-commit', 'cut-after-commit']

// A batch goes in one flight on assumed facts, or, with a lease to be taken, in two on facts that were read.
for (const flights of ['one flight', 'two flights'] as const) {
  for (const fault of faults) {
    test(`ES-20 a batch whose connection breaks is made once and answered: ${flights}, ${fault}`, async () => {
      await using engine = await openPostgres(proxy.url, { schema: `lost_${++stores}`, direct: url })
      await engine.events.commit(append('before', 0))
      const command = { principal: 'p', command: 'C', key: 'k', inputHash: 'h', expiresAt: null }
      for (let round = 0; round < 5; round++) {
        proxy.fault = fault
        const before = await engine.events.head()
        const lease = flights === 'one flight' ? null : engine.work.lease('l', `owner-${round}`, 0)
        const sent = [
          append(`guarded-${round}`, 0),
          append('free', null),
          { ...append(`keyed-${round}`, 0), command: { ...command, key: `k-${round}` } },
          { checkpoints: [{ consumer: 'c', shard: 0, from: round, to: round + 1 }] },
        ]
        const outcomes = await Promise.all(sent.map((commit) => engine.events.commit(commit)))
        assert.deepEqual(
          outcomes.map((made) => [made.outcome, 'versions' in made && made.versions]),
          [
            ['committed', [2]],
            ['committed', [2 * round + 2]],
            ['committed', [2]],
            ['committed', []],
          ],
        )
        if (lease) assert.equal((await lease)?.token, round + 1)
        const { events } = await engine.events.readLog({ after: before.position, limit: 100 })
        assert.deepEqual(
          events.map(({ position }) => position - before.position),
          [1, 2, 3, 4, 5, 6],
        )
        const [first] = outcomes
        assert.equal(first?.outcome === 'committed' && first.first, before.position + 1)
        assert.equal(proxy.fault, 'none')
      }
      assert.deepEqual(await engine.verify(), [])
    })
  }
}

for (const fault of faults) {
  test(`ES-20 a page of an imported log whose connection breaks is taken once: ${fault}`, async () => {
    await using source = await openPostgres(url, { schema: `lost_${++stores}` })
    for (let stream = 0; stream < 6; stream++) await source.events.commit(append(`s-${stream}`, 0))
    const { events } = await source.events.readLog({ after: 0, limit: 100 })
    await using copy = await openPostgres(proxy.url, { schema: `lost_${++stores}`, direct: url })
    for (let after = 0; after < 12; after += 4) {
      proxy.fault = fault
      await copy.importLog(events.slice(after, after + 4))
      assert.equal(proxy.fault, 'none')
    }
    assert.deepEqual((await copy.events.readLog({ after: 0, limit: 100 })).events, events)
    assert.deepEqual(await copy.verify(), [])
  })
}

/** An engine whose next commit is made, but its answer is lost and until then something is done to the server. */
async function losing(beforeCut: (schema: string) => Promise<unknown>) {
  const schema = `lost_${++stores}`
  const engine = await openPostgres(proxy.url, { schema, timeoutMs: 1_000, direct: url })
  await engine.events.commit(append('before', 0))
  proxy.beforeCut = () => beforeCut(schema)
  proxy.fault = 'cut-after-commit'
  return engine
}

test('ES-20 a commit whose answer was lost is of unknown outcome, whatever keeps it from being looked up', async () => {
  const holder = await connect(settingsOf(url, {}))
  const engine = await losing((schema) => beginLocked(holder, settingsOf(url, { schema }), 'write'))
  const commit = append('a', 0)
  await assert.rejects(engine.events.commit(commit), {
    code: 'store-unavailable',
    message: /whether the commits were made is unknown, send them again/,
  })
  await holder.run('ROLLBACK')
  const again = await engine.events.commit(commit)
  assert.deepEqual(again.outcome === 'committed' && [again.first, again.last], [3, 4])
  await Promise.all([holder.close(), engine.close()])
})

test('ES-20 a commit whose answer was lost is looked up when the database lets somebody in again', async () => {
  const administrator = await connect(settingsOf(server, {}))
  const alter = (allow: boolean): Promise<unknown> =>
    administrator.run(`ALTER DATABASE ${new URL(url).pathname.slice(1)} ALLOW_CONNECTIONS ${allow}`)
  const engine = await losing(() => alter(false))
  const before = proxy.dialed()
  const committing = engine.events.commit(append('a', 0))
  await untilTrue(() => proxy.dialed() > before + 1)
  await alter(true)
  const made = await committing
  assert.deepEqual(made.outcome === 'committed' && [made.first, made.last], [3, 4])
  await Promise.all([administrator.close(), engine.close()])
})

test('what is closed while the server is away tries nothing again, and no lease is given back twice', async () => {
  const proxy = await proxyTo(url)
  const engine = await openPostgres(proxy.url, { schema: `lost_${++stores}`, timeoutMs: 3_600_000, direct: url })
  const lease = await engine.work.lease('l', 'owner', 60_000)
  assert.ok(lease)
  proxy.server = 'postgres://127.0.0.1:1/nowhere'
  proxy.cutAll()
  await assert.rejects(engine.work.release(lease), { code: 'store-unavailable' })
  const before = proxy.dialed()
  const committing = assert.rejects(engine.events.commit(append('a', 0)), { code: 'store-unavailable' })
  await untilTrue(() => proxy.dialed() > before + 1)
  await Promise.all([engine.close(), committing])
})

test('ES-62 readers and listeners go on after all connections were cut', async () => {
  const schema = `lost_${++stores}`
  await using engine = await openPostgres(proxy.url, { schema })
  await using other = await openPostgres(url, { schema })
  let heard: (() => void) | null = null
  engine.onCommit(() => heard?.())
  for (let round = 0; round < 3; round++) {
    proxy.cutAll()
    const [outcome, head] = await Promise.all([engine.events.commit(append(`s-${round}`, 0)), engine.events.head()])
    assert.equal(outcome.outcome, 'committed')
    assert.ok(head.position >= round * 4)
    const told = new Promise<void>((resolve) => {
      heard = resolve
    })
    await other.events.commit(append(`o-${round}`, 0))
    await told
  }
  assert.equal((await engine.events.head()).position, 12)
})

test('a commit or read whose answer never comes is not waited for for ever', async () => {
  await using engine = await openPostgres(proxy.url, { schema: `lost_${++stores}`, timeoutMs: 2_000, direct: url })
  await engine.events.commit(append('a', 0))
  proxy.fault = 'swallow-answer'
  assert.equal((await engine.events.commit(append('a', 2))).outcome, 'committed')
  proxy.fault = 'swallow-read'
  const before = proxy.faults()
  assert.equal((await engine.events.head()).position, 4)
  assert.equal(proxy.faults(), before + 1)
})
