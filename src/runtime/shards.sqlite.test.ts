import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { projection } from '../index.ts'
import { shardOf } from '../model/bucket.ts'
import type { CommitOutcome, Engine } from '../ports/index.ts'
import { balances, codeOf, purse } from './ledger.fixture.ts'
import { addToAll, holdings, shards, sharedStore, shares, until, watching } from './shards.fixture.ts'
import { feedingPrefix, shardLease } from './shares.ts'

const use = [purse, balances]

/** Hears of documents that a process writes without holding their shard. */
function foreignDocuments(engine: Engine, foreign: string[]): Engine {
  return watching(engine, (commit, go) => {
    const proofs = new Set(commit.leases?.map(({ name }) => name))
    for (const { generation, documents } of commit.documents ?? [])
      for (const { id } of documents) {
        if (!proofs.has(shardLease({ id: generation }, shardOf(id, shards)))) foreign.push(`${generation} ${id}`)
      }
    return go()
  })
}

test('processes share the shards of a view, and what one had goes to the others when it leaves', async (t) => {
  const store = sharedStore(t)
  const foreign: string[] = []
  const start = () => store.app(use, (engine) => foreignDocuments(engine, foreign))
  const first = await start()
  await addToAll(first)
  assert.deepEqual(await shares(first.engine, 'balances_1_1'), [shards])
  const second = await start()
  await until('each has half', async () => (await shares(first.engine, 'balances_1_1')).join() === '2,2')
  await addToAll(first)
  const { token } = await first.events.head()
  for (const app of [first, second]) assert.equal((await app.view('balances').get('p1', { after: token }))?.['moves'], 2)
  const status = await first.projections.status('balances')
  assert.equal(status.shards, shards)
  assert.deepEqual(status.feeders, [{ process: status.feeders[0]?.process, shards }])
  // What the first knew of these documents is older than what the second made of them.
  await second.close()
  await until('the first has all again', async () => (await shares(first.engine, 'balances_1_1')).join() === `${shards}`)
  await addToAll(first)
  await first.projections.caughtUp()
  assert.deepEqual(await first.projections.verify('balances'), [])
  const third = await start()
  await first.close()
  await until('the third has all', async () => (await shares(third.engine, 'balances_1_1')).join() === `${shards}`)
  await addToAll(third)
  await third.projections.caughtUp()
  assert.deepEqual(await third.projections.verify('balances'), [])
  assert.equal((await third.view('balances').get('p1'))?.['moves'], 4)
  assert.deepEqual(foreign, [])
})

test('a view is as far as the last of its shards', async (t) => {
  const store = sharedStore(t)
  const engine = await store.engine()
  const app = await store.app(use)
  await addToAll(app)
  await app.projections.caughtUp()
  await app.close()
  const asking = await store.app(use, undefined, { runProjections: false })
  await engine.events.commit({ checkpoints: [{ consumer: 'view/balances_1_1', shard: 2, from: 40, to: 39 }] })
  assert.equal((await asking.projections.status('balances')).position, 39)
  assert.equal(await codeOf(asking.view('balances').get('p1', { after: 40, waitMs: 20 })), 'still-processing')
  assert.equal((await asking.view('balances').get('p1', { after: 39 }))?.['moves'], 1)
  await engine.close()
})

test('a process of another release has no part in what it may not feed', async (t) => {
  const store = sharedStore(t)
  const first = await store.app(use)
  const other = await store.app([purse, projection('counts', { ...balances.definition, version: 2 } as never)])
  await until('the other is at work', async () => (await shares(other.engine, 'counts_2_1')).join() === `${shards}`)
  await addToAll(first)
  const { token } = await first.events.head()
  assert.equal((await first.view('balances').get('p1', { after: token }))?.['moves'], 1)
  assert.deepEqual(await shares(first.engine, 'balances_1_1'), [shards])
})

test('a tool feeds a view only while nobody else does', async (t) => {
  const store = sharedStore(t)
  const tool = await store.app(use, undefined, { runProjections: 'if-nobody-else' })
  await addToAll(tool)
  const { token } = await tool.events.head()
  assert.equal((await tool.view('balances').get('p1', { after: token }))?.['moves'], 1)
  const [guest] = (await holdings(tool.engine, 'balances_1_1')).keys()
  const worker = await store.app(use)
  await until('the worker has all', async () => {
    const held = await holdings(worker.engine, 'balances_1_1')
    return !held.has(guest as string) && (await shares(worker.engine, 'balances_1_1')).join() === `${shards}`
  })
  await store.app(use, undefined, { runProjections: 'if-nobody-else' })
  await addToAll(worker)
  await worker.projections.caughtUp()
  assert.deepEqual(await shares(worker.engine, 'balances_1_1'), [shards])
})

test('an owner that was paused beyond its lease writes nothing, and goes on with what is its own then', async (t) => {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const store = sharedStore(t, { clock: () => now })
  const outcomes: string[] = []
  let awake = Promise.resolve()
  let pausing = false
  let caught = false
  const paused = await store.app(use, (engine) => {
    const { work } = engine
    const watched = watching(engine, async (commit, go) => {
      if (!commit.documents?.length) return go()
      if (pausing) caught = true
      await awake
      const { outcome, ...rest } = await go()
      outcomes.push(outcome)
      return { outcome, ...rest } as CommitOutcome
    })
    // Nothing of a process that is paused reaches the store.
    const lease: Engine['work']['lease'] = async (...given) => awake.then(() => work.lease(...given))
    const leases: Engine['work']['leases'] = async (prefix) => awake.then(() => work.leases(prefix))
    return { ...watched, work: { ...work, lease, leases } }
  })
  await addToAll(paused)
  await paused.projections.caughtUp()
  const before = await holdings(paused.engine, 'balances_1_1')
  const { promise, resolve: wake } = Promise.withResolvers<void>()
  pausing = true
  awake = promise
  await addToAll(paused)
  await until('it is about to write', () => caught)
  now += 60_000
  const other = await store.app(use)
  await until('the other has all', async () => {
    const after = await holdings(other.engine, 'balances_1_1')
    return after.size === 1 && [...after.keys()][0] !== [...before.keys()][0]
  })
  await other.projections.caughtUp()
  outcomes.length = 0
  pausing = false
  awake = Promise.resolve()
  wake()
  await until('it tried to write', () => outcomes.length > 0)
  assert.equal(outcomes[0], 'fenced')
  await until('each has half', async () => (await shares(other.engine, 'balances_1_1')).join() === '2,2')
  await addToAll(other)
  await other.projections.caughtUp()
  assert.deepEqual(await other.projections.verify('balances'), [])
  assert.equal((await other.view('balances').get('p1'))?.['moves'], 3)
})

test('a lease whose answer was lost is given back, so that its shard does not stay without anybody', async (t) => {
  const store = sharedStore(t)
  let lost = 0
  const app = await store.app(use, (engine) => {
    const lease: Engine['work']['lease'] = async (name, ...rest) => {
      const given = await engine.work.lease(name, ...rest)
      if (name.endsWith('/2') && name.startsWith(`${feedingPrefix}shard/`) && ++lost === 1)
        throw new Error('the connection broke')
      return given
    }
    return { ...engine, work: { ...engine.work, lease } }
  })
  await addToAll(app)
  await app.projections.caughtUp({ waitMs: 60_000 })
  assert.ok(lost > 1)
  assert.deepEqual(await app.projections.verify('balances'), [])
})

test('shards that were taken over where others are ahead catch up and join them', async (t) => {
  const store = sharedStore(t)
  const engine = await store.engine()
  const app = await store.app(use)
  await addToAll(app, 1, 100)
  await addToAll(app, 1, 100)
  await app.projections.caughtUp()
  await app.close()
  // As after a crash between two owners: one shard has nothing yet.
  await engine.events.commit({ checkpoints: [{ consumer: 'view/balances_1_1', shard: 1, from: 200, to: 0 }] })
  const all = await engine.views.get(
    'balances_1_1',
    Array.from({ length: 100 }, (_, n) => `p${n}`),
  )
  const mine = all.filter(({ id }) => shardOf(id, shards) === 1)
  assert.ok(mine.length > 0)
  await engine.events.commit({
    documents: [
      {
        generation: 'balances_1_1',
        documents: mine.map(({ id }) => ({
          id,
          body: null,
          fields: [null],
          text: null,
          position: 200,
          replaces: 0,
          revision: 1,
        })),
      },
    ],
  })
  const again = await store.app(use)
  assert.equal((await again.engine.work.checkpoints('view/balances_1_1')).size, shards)
  await again.projections.caughtUp()
  await addToAll(again, 1, 100)
  await again.projections.caughtUp()
  assert.deepEqual(new Set((await engine.work.checkpoints('view/balances_1_1')).values()), new Set([300]))
  assert.deepEqual(await again.projections.verify('balances'), [])
  await engine.close()
})

test('a generation that was made with one shard is fed as one', async (t) => {
  const store = sharedStore(t)
  const app = await store.app(use)
  await addToAll(app)
  await app.projections.caughtUp()
  const [made] = await app.engine.work.generations('balances')
  await app.close()
  const engine = await store.engine()
  const of = 'balances_1_2'
  assert.ok(made)
  await engine.events.commit({
    generations: [
      { generation: { ...made, state: 'retired' }, expected: 'live' },
      { generation: { ...made, id: of, state: 'building', startedAt: made.startedAt + 1 }, expected: null },
    ],
    checkpoints: [{ consumer: `view/${of}`, shard: 0, from: 0, to: 0 }],
  })
  const again = await store.app(use)
  await addToAll(again)
  await again.projections.caughtUp()
  assert.deepEqual(await engine.work.checkpoints(`view/${of}`), new Map([[0, 80]]))
  assert.deepEqual(await again.projections.verify('balances'), [])
  await engine.close()
})

test('documents wait behind dead letters in the shard that they belong to, and are retried by its owner', async (t) => {
  const store = sharedStore(t)
  let broken = true
  const fragile = projection('fragile', {
    from: [purse],
    document: z.object({ sum: z.int() }),
    key: (event) => event.streamId,
    on: {
      MoneyAdded: (document, { data }) => {
        if (broken && data.amount === 13) throw new Error('not thirteen')
        return { sum: (document?.sum ?? 0) + data.amount }
      },
    },
  })
  const apps = [await store.app([purse, fragile]), await store.app([purse, fragile])] as const
  await until('each has half', async () => (await shares(apps[0].engine, 'fragile_1_1')).join() === '2,2')
  const purses = ['p0', 'p1', 'p2', 'p3', 'p4', 'p5', 'p6', 'p7']
  assert.deepEqual(new Set(purses.map((id) => shardOf(id, shards))).size, shards)
  for (const purseId of purses) await apps[0].execute('Add', { purseId, amount: 13 })
  await addToAll(apps[0], 1, 20)
  const { token } = await apps[0].events.head()
  for (const app of apps) {
    assert.equal((await app.view('fragile').get('p9', { after: token }))?.['sum'], 1)
    assert.equal(await codeOf(app.view('fragile').get('p3', { after: token })), 'view-incomplete')
    assert.match((await app.projections.status('fragile')).error ?? '', /^8 documents wait/)
  }
  broken = false
  const letters = (await apps[0].reactions.deadLetters()).items
  assert.equal(letters.length, purses.length)
  await Promise.all(letters.map(({ id }) => apps[1].reactions.retry(id)))
  await until('all are retried', async () => (await apps[0].reactions.deadLetters()).items.length === 0)
  await addToAll(apps[0], 1, 20)
  await apps[0].projections.caughtUp()
  for (const id of purses) assert.equal((await apps[1].view('fragile').get(id))?.['sum'], 15)
  assert.deepEqual(await apps[0].projections.verify('fragile'), [])
})
