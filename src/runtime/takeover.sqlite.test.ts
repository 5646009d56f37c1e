import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Commit, CommitOutcome, Engine } from '../ports/index.ts'
import { sample } from '../testing/conformance/samples.ts'
import type { AnyApp } from './app.ts'
import { balances, purse, total } from './ledger.fixture.ts'
import { addToAll, shards, sharedStore, shares, until } from './shards.fixture.ts'
import { feedingPrefix } from './shares.ts'

const use = [purse, balances, total]

/** The switch of a rebuild, if a commit is one. */
function switchIn({ generations }: Commit): { readonly next: string; readonly before: string } | null {
  const next = generations?.find(({ generation }) => generation.state === 'live')
  const before = generations?.find(({ generation }) => generation.state === 'retired')
  return next && before ? { next: next.generation.id, before: before.generation.id } : null
}

/** An engine that does something before the first switch of a rebuild goes to the store. */
function beforeSwitch(engine: Engine, work: (commit: Commit) => Promise<unknown>, outcomes: string[]): Engine {
  const { events } = engine
  const commit = async (given: Commit): Promise<CommitOutcome> => {
    if (!switchIn(given)) return events.commit(given)
    if (outcomes.length === 0) await work(given)
    const result = await events.commit(given)
    outcomes.push(result.outcome)
    return result
  }
  return { ...engine, events: { ...events, commit } }
}

async function liveOf(app: AnyApp, view: string): Promise<string | undefined> {
  return (await app.engine.work.generations(view)).findLast(({ state }) => state === 'live')?.id
}

test('a rebuild by one of two processes takes over under a steady load, for views of either kind', async (t) => {
  const store = sharedStore(t)
  const apps = [await store.app(use), await store.app(use)] as const
  await addToAll(apps[0])
  await apps[0].projections.caughtUp()
  await until('each has half', async () => (await shares(apps[0].engine, 'balances_1_1')).join() === '2,2')
  let running = true
  const adding = Promise.all(
    apps.map(async (app) => {
      while (running) {
        await addToAll(app, 1, 5)
        await new Promise((resolve) => setTimeout(resolve, 5))
      }
    }),
  )
  const asking = (async () => {
    let last = 0
    while (running) {
      const moves = Number((await apps[1].view('balances').get('p1'))?.['moves'])
      assert.ok(moves >= last, `${moves} after ${last}`)
      last = moves
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
  })()
  try {
    for (const view of ['balances', 'total']) {
      await apps[1].projections.rebuild(view)
      await until(`${view} is rebuilt`, async () => (await liveOf(apps[0], view)) === `${view}_1_2`)
    }
  } finally {
    running = false
  }
  await Promise.all([adding, asking])
  await until('each has half again', async () => (await shares(apps[0].engine, 'balances_1_2')).join() === '2,2')
  for (const view of ['balances', 'total']) {
    await apps[0].projections.caughtUp()
    assert.deepEqual(await apps[0].projections.verify(view), [])
  }
})

test('a generation that is behind the live one at the last moment does not take over', async (t) => {
  const store = sharedStore(t)
  const outcomes: string[] = []
  const app = await store.app([purse, balances], (engine) =>
    beforeSwitch(
      engine,
      async () => {
        // The live one gets further than anybody could know.
        await engine.events.commit({ appends: [{ category: 'other', streamId: 'x', expected: null, events: [event] }] })
        const { position } = await engine.events.head()
        await engine.events.commit({
          checkpoints: Array.from({ length: shards }, (_, shard) => {
            return { consumer: 'view/balances_1_1', shard, from: position - 1, to: position }
          }),
        })
      },
      outcomes,
    ),
  )
  const event = sample()
  await addToAll(app)
  await app.projections.caughtUp()
  await app.projections.rebuild('balances')
  await until('it is rebuilt', async () => (await liveOf(app, 'balances')) === 'balances_1_2')
  await until('its builder knows', () => outcomes.at(-1) === 'committed')
  assert.equal(outcomes[0], 'stale')
  await app.projections.caughtUp()
  assert.deepEqual(await app.projections.verify('balances'), [])
})

test('a builder that lost a lease ends its build, and it is begun again', async (t) => {
  const store = sharedStore(t)
  const outcomes: string[] = []
  const app = await store.app([purse, balances], (engine) =>
    beforeSwitch(
      engine,
      async ({ leases = [] }) => {
        const lost = leases.find(({ name }) => name.startsWith(`${feedingPrefix}shard/balances_1_2/`))
        assert.ok(lost)
        await engine.work.release(lost)
      },
      outcomes,
    ),
  )
  await addToAll(app)
  await app.projections.caughtUp()
  await app.projections.rebuild('balances')
  await until('it is rebuilt', async () => (await liveOf(app, 'balances')) === 'balances_1_2')
  await until('its builder knows', () => outcomes.length > 1)
  assert.deepEqual(outcomes, ['fenced', 'committed'])
})

test('a switch proves the leases of both generations, and its own', async (t) => {
  const store = sharedStore(t)
  const proofs: string[] = []
  const app = await store.app([purse, balances], (engine) =>
    beforeSwitch(engine, async ({ leases = [] }) => proofs.push(...leases.map(({ name }) => name)), []),
  )
  await addToAll(app)
  await app.projections.rebuild('balances')
  await until('it is rebuilt', async () => (await liveOf(app, 'balances')) === 'balances_1_2')
  const ofShards = ['balances_1_1', 'balances_1_2'].flatMap((id) =>
    Array.from({ length: shards }, (_, shard) => `${feedingPrefix}shard/${id}/${shard}`),
  )
  assert.deepEqual(proofs.sort(), [...ofShards, `${feedingPrefix}switch/balances_1_1`].sort())
})

test('a view stands still while somebody is about to replace it, and goes on when that process has died', async (t) => {
  const store = sharedStore(t)
  const engine = await store.engine()
  const app = await store.app([purse, balances])
  await addToAll(app)
  await app.projections.caughtUp()
  await engine.work.lease(`${feedingPrefix}member/9`, 'elsewhere:1:builder:release', 5_000)
  await engine.work.lease(`${feedingPrefix}switch/balances_1_1`, 'elsewhere:1:builder:release', 5_000)
  await until('it has let go', async () => (await shares(engine, 'balances_1_1')).length === 0)
  await addToAll(app)
  const { position } = await engine.events.head()
  assert.ok((await app.projections.status('balances')).position < position)
  await until('it goes on', async () => (await app.projections.status('balances')).position === position)
  assert.deepEqual(await shares(engine, 'balances_1_1'), [shards])
  await engine.close()
})
