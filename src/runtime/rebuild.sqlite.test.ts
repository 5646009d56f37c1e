import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import * as z from 'zod'
import { type AnyApp, type AnyProjection, projection } from '../index.ts'
import { KhataError } from '../model/error.ts'
import { balances, codeOf, folder, purse, start, total } from './ledger.fixture.ts'
import { sharedStore, until, watching } from './shards.fixture.ts'

const count = (version: number, factor: number): AnyProjection =>
  projection('counted', {
    from: [purse],
    document: z.object({ sum: z.int() }),
    key: () => 'all',
    on: { MoneyAdded: (document, { data }) => ({ sum: (document?.sum ?? 0) + data.amount * factor }) },
    version,
  })

async function fill(app: AnyApp, events: number): Promise<void> {
  for (let done = 0; done < events; done += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, n) => app.execute('Add', { purseId: `p${n}`, amount: 1 })))
  }
}

async function rebuilt(app: AnyApp, name: string): Promise<string> {
  for (;;) {
    const { rebuild } = await app.projections.status(name)
    if (rebuild && rebuild.state !== 'requested' && rebuild.state !== 'building') return rebuild.state
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('a rebuild takes over while commands and queries go on, which never see half a view or an older one', async (t) => {
  const app = await start(t, `sqlite:${join(folder(t), 'a.db')}`, { use: [purse, balances, total] })
  await fill(app, 6_000)
  await app.projections.caughtUp()
  let running = true
  let added = 6_000
  const adding = (async () => {
    while (running) {
      await Promise.all(Array.from({ length: 20 }, (_, n) => app.execute('Add', { purseId: `p${n}`, amount: 1 })))
      added += 20
    }
  })()
  const asking = (async () => {
    let last = 0
    while (running) {
      const moves = Number((await app.view('total').get('all'))?.['moves'])
      assert.ok(moves >= last && moves >= 6_000, `${moves} after ${last}`)
      last = moves
      assert.equal(await app.view('balances').count(), 100)
      // Reads of a file are done at once: without this the loop would leave no turn to anybody.
      await new Promise((resolve) => setImmediate(resolve))
    }
  })()
  for (const name of ['balances', 'total']) {
    const before = (await app.engine.work.generations(name)).findLast(({ state }) => state === 'live')
    await app.projections.rebuild(name)
    assert.equal(await codeOf(app.projections.rebuild(name)), 'rebuild-running')
    assert.equal(await rebuilt(app, name), 'live')
    const after = (await app.engine.work.generations(name)).filter(({ state }) => state === 'live')
    assert.equal(after.length, 1)
    assert.notEqual(after[0]?.id, before?.id)
  }
  running = false
  await Promise.all([adding, asking])
  await app.projections.caughtUp()
  assert.equal((await app.view('total').get('all'))?.['moves'], added)
  assert.deepEqual(await app.projections.verify('balances'), [])
  assert.deepEqual(await app.projections.verify('total'), [])
})

test('a rebuild can be cancelled, and the live view stays', async (t) => {
  const app = await start(t, `sqlite:${join(folder(t), 'a.db')}`, { use: [purse, balances], runProjections: false })
  await app.execute('Add', { purseId: 'p', amount: 1 })
  assert.equal(await codeOf(app.projections.cancelRebuild('balances')), 'usage')
  const feeding = await start(t, app.engine.name, { use: [purse, balances] })
  await feeding.projections.caughtUp()
  await feeding.close()
  await app.projections.rebuild('balances')
  await app.projections.cancelRebuild('balances')
  assert.equal((await app.projections.status('balances')).rebuild?.state, 'cancelled')
  const again = await start(t, app.engine.name, { use: [purse, balances] })
  await again.projections.caughtUp()
  assert.equal((await again.projections.status('balances')).rebuild?.state, 'cancelled')
  assert.equal((await again.view('balances').get('p'))?.['balance'], 1)
})

test('a rebuild that was cut short goes on from where it was', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const app = await start(t, store, { use: [purse, balances] })
  await fill(app, 40_000)
  await app.projections.caughtUp()
  await app.projections.rebuild('balances')
  while (((await app.projections.status('balances')).rebuild?.position ?? 0) === 0)
    await new Promise((resolve) => setImmediate(resolve))
  await app.close()
  const looking = await start(t, store, { use: [purse, balances], runProjections: false })
  const cut = (await looking.projections.status('balances')).rebuild
  assert.equal(cut?.state, 'building')
  assert.ok((cut?.position ?? 0) > 0 && (cut?.position ?? 0) < 40_000, String(cut?.position))
  const again = await start(t, store, { use: [purse, balances] })
  assert.equal(await rebuilt(again, 'balances'), 'live')
  assert.equal((await again.projections.status('balances')).rebuild?.generation, cut?.generation)
  assert.deepEqual(await again.projections.verify('balances'), [])
})

test('a rebuild stops at its first error, says so, and the live view stays', async (t) => {
  let broken = false
  const fragile = projection('fragile', {
    from: [purse],
    document: z.object({ sum: z.int() }),
    key: () => 'all',
    on: {
      MoneyAdded: (document, { data }) => {
        if (broken) throw new Error('broken')
        return { sum: (document?.sum ?? 0) + data.amount }
      },
    },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, fragile] })
  await app.execute('Add', { purseId: 'p', amount: 3 })
  await app.projections.caughtUp()
  broken = true
  await app.projections.rebuild('fragile')
  assert.equal(await rebuilt(app, 'fragile'), 'failed')
  assert.match((await app.projections.status('fragile')).rebuild?.error ?? '', /broken/)
  assert.equal((await app.view('fragile').get('all'))?.['sum'], 3)
  broken = false
  await app.projections.rebuild('fragile')
  assert.equal(await rebuilt(app, 'fragile'), 'live')
})

test('a new version of a projection is a generation of its own: each release asks its own', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const old = await start(t, store, { use: [purse, count(1, 1)] })
  await old.execute('Add', { purseId: 'p', amount: 2 })
  await old.projections.caughtUp()
  const next = await start(t, store, { use: [purse, count(2, 10)] })
  const { token } = await next.execute('Add', { purseId: 'p', amount: 3 })
  assert.equal((await next.view('counted').get('all', { after: token }))?.['sum'], 50)
  assert.equal((await old.view('counted').get('all', { after: token }))?.['sum'], 5)
})

test('a rebuild asked for by a process that feeds nothing is done by the one that does', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const server = await start(t, store, { use: [purse, balances] })
  await fill(server, 200)
  await server.projections.caughtUp()
  const tool = await start(t, store, { use: [purse, balances], runProjections: false })
  await tool.projections.rebuild('balances')
  assert.equal(await rebuilt(tool, 'balances'), 'live')
})

test('a rebuild goes on after an error of the store that passes', async (t) => {
  const store = sharedStore(t)
  let refused = 0
  const app = await store.app([purse, balances], (engine) =>
    watching(engine, async (commit, go) => {
      const building = commit.generations?.some(
        ({ expected, generation }) => expected === 'building' && generation.state === expected,
      )
      if (!building || refused === 2) return go()
      refused++
      if (refused === 1) throw new KhataError('overloaded', 'too many commits are waiting', { retryAfterMs: 1 })
      throw new KhataError('store-unavailable', 'the connection broke', { store: 'a' })
    }),
  )
  await fill(app, 100)
  await app.projections.caughtUp()
  await app.projections.rebuild('balances')
  assert.equal(await rebuilt(app, 'balances'), 'live')
  assert.equal(refused, 2)
  assert.deepEqual(await app.projections.verify('balances'), [])
})

test('what a rebuild replaced is removed when its time is over, in slices, while the view is fed', async (t) => {
  let now = Date.now()
  const store = sharedStore(t)
  const app = await store.app([purse, balances], undefined, { clock: () => now })
  // More than one slice holds.
  for (let n = 0; n < 1_200; n += 200) {
    await Promise.all(Array.from({ length: 200 }, (_, m) => app.execute('Add', { purseId: `p${n + m}`, amount: 1 })))
  }
  await app.projections.caughtUp()
  await app.projections.rebuild('balances')
  assert.equal(await rebuilt(app, 'balances'), 'live')
  await app.execute('Add', { purseId: 'p0', amount: 1 })
  await app.projections.caughtUp()
  assert.equal((await app.engine.views.get('balances_1_1', ['p0'])).length, 1)
  now += 61_000
  await until('it is gone', async () => (await codeOf(app.engine.views.get('balances_1_1', ['p0']))) === 'usage')
  const { token } = await app.execute('Add', { purseId: 'p0', amount: 1 })
  assert.equal((await app.view('balances').get('p0', { after: token }))?.['balance'], 3)
  const tables = async () => {
    using file = new DatabaseSync(app.engine.name.slice('sqlite:'.length), { readOnly: true })
    return file.prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE 'view!_b%' ESCAPE '!'").all()
  }
  await until('its table is gone too', async () => (await tables()).length === 1)
})
