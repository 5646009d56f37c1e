import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { projection } from '../index.ts'
import type { Engine } from '../ports/index.ts'
import { balances, codeOf, everything, folder, purse, start, total } from './ledger.fixture.ts'

test('a query with a receipt is answered from a view at least that new', async (t) => {
  const app = await start(t, `sqlite:${join(folder(t), 'a.db')}`)
  for (let n = 1; n <= 50; n++) {
    const { token } = await app.execute('Add', { purseId: 'p1', amount: 1 })
    assert.equal((await app.view('balances').get('p1', { after: token }))?.['balance'], n)
    assert.equal((await app.view('total').get('all', { after: token, waitMs: 0 }))?.['balance'], n)
  }
})

test('a view that nobody feeds says so instead of answering stale', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const app = await start(t, store, { runProjections: false })
  const { token } = await app.execute('Add', { purseId: 'p1', amount: 1 })
  assert.equal(await codeOf(app.view('balances').get('p1', { waitMs: 20 })), 'still-processing')
  const feeding = await start(t, store)
  assert.equal((await app.view('balances').get('p1', { after: token }))?.['balance'], 1)
  await feeding.close()
  const later = await app.execute('Add', { purseId: 'p1', amount: 1 })
  assert.equal(await codeOf(app.view('balances').get('p1', { after: later.token, waitMs: 20 })), 'still-processing')
  assert.equal((await app.view('balances').get('p1'))?.['balance'], 1)
})

test('a token of another store, and of this one before a restore, is refused with what happened', async (t) => {
  const path = folder(t)
  const one = await start(t, `sqlite:${join(path, 'a.db')}`)
  const other = await start(t, `sqlite:${join(path, 'b.db')}`)
  const { token: foreign } = await other.execute('Add', { purseId: 'p1', amount: 1 })
  await one.execute('Add', { purseId: 'p1', amount: 1 })
  assert.equal(await codeOf(one.view('balances').get('p1', { after: foreign })), 'token-of-another-store')
  await one.close()
  copyFileSync(join(path, 'a.db'), join(path, 'backup.db'))
  const grown = await start(t, `sqlite:${join(path, 'a.db')}`)
  const { token: lost } = await grown.execute('Add', { purseId: 'p1', amount: 1 })
  await grown.close()
  copyFileSync(join(path, 'backup.db'), join(path, 'a.db'))
  const restored = await start(t, `sqlite:${join(path, 'a.db')}`)
  assert.equal(await codeOf(restored.view('balances').get('p1', { after: lost })), 'token-ahead-of-store')
  // It has grown past the position since, with another event there.
  await restored.execute('Add', { purseId: 'p1', amount: 1 })
  assert.equal(await codeOf(restored.view('balances').get('p1', { after: lost })), 'token-ahead-of-store')
  assert.equal(await codeOf(restored.view('balances').get('p1', { after: 'nonsense' })), 'validation')
})

test('views equal a fresh fold after commands from two processes at once', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const apps = [await start(t, store), await start(t, store)] as const
  await Promise.all(
    Array.from({ length: 300 }, (_, n) => apps[(n % 2) as 0 | 1].execute('Add', { purseId: `p${n % 7}`, amount: n + 1 })),
  )
  const { token } = await apps[0].events.head()
  for (const app of apps) {
    assert.equal((await app.view('total').get('all', { after: token }))?.['moves'], 300)
    assert.equal((await app.view('total').get('all', { after: token }))?.['balance'], (300 * 301) / 2)
  }
  assert.deepEqual(await apps[0].projections.verify('total'), [])
  assert.deepEqual(await apps[1].projections.verify('balances'), [])
})

test('an inline view that was behind is caught up and then goes with the commits again', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const without = await start(t, store, { use: everything.filter((part) => part !== total) })
  for (let n = 0; n < 30; n++) await without.execute('Add', { purseId: 'p1', amount: 1 })
  await without.close()
  const app = await start(t, store)
  const adding = Promise.all(Array.from({ length: 100 }, (_, n) => app.execute('Add', { purseId: `p${n}`, amount: 1 })))
  await adding
  await app.projections.caughtUp()
  const { token } = await app.execute('Add', { purseId: 'p1', amount: 1 })
  assert.equal((await app.view('total').get('all', { after: token, waitMs: 0 }))?.['moves'], 131)
  assert.deepEqual(await app.projections.verify('total'), [])
})

test('an inline handler that throws fails its command and leaves nothing behind', async (t) => {
  const picky = projection('picky', {
    from: [purse],
    document: z.object({ sum: z.int() }),
    key: () => 'all',
    on: {
      MoneyAdded: (document, { data }) => {
        if (data.amount === 13) throw new Error('not thirteen')
        return { sum: (document?.sum ?? 0) + data.amount }
      },
    },
    mode: 'inline',
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, picky] })
  await app.execute('Add', { purseId: 'p1', amount: 1 })
  await app.projections.caughtUp()
  assert.equal(await codeOf(app.execute('Add', { purseId: 'p1', amount: 13 })), 'handler-failed')
  const { token } = await app.execute('Add', { purseId: 'p1', amount: 2 })
  assert.equal((await app.view('picky').get('all', { after: token }))?.['sum'], 3)
  assert.equal((await app.events.head()).position, 2)
})

/** Writes a document over, as nothing but a test does. */
async function changeDocument(engine: Engine, generation: string, id: string, document: object): Promise<void> {
  const [stored] = await engine.views.get(generation, [id])
  const write = { id, body: JSON.stringify(document), fields: [], text: null, position: stored?.position ?? 0, replaces: 0 }
  await engine.events.commit({ documents: [{ generation, documents: [{ ...write, revision: 1 }] }] })
}

/** A view of sums whose handler refuses 13 while it is broken; its key fails for 666. */
function fragile(broken: () => boolean) {
  return projection('fragile', {
    from: [purse],
    document: z.object({ sum: z.int() }),
    key: ({ streamId, data }) => {
      if (broken() && data.amount === 666) throw new Error('no key')
      return streamId
    },
    on: {
      MoneyAdded: (document, { data }) => {
        if (broken() && data.amount === 13) throw new Error('not thirteen')
        return { sum: (document?.sum ?? 0) + data.amount }
      },
    },
  })
}

test('a document whose handler fails waits, is never passed off as whole, and all others go on', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  let broken = true
  const use = [purse, fragile(() => broken)]
  const app = await start(t, store, { use })
  for (const amount of [1, 2, 13, 4])
    for (const purseId of ['bad', 'good']) await app.execute('Add', { purseId, amount: purseId === 'good' ? 1 : amount })
  const { token } = await app.events.head()
  const view = app.view('fragile')
  assert.equal((await view.get('good', { after: token }))?.['sum'], 4)
  assert.equal(await codeOf(view.get('bad', { after: token })), 'view-incomplete')
  assert.equal(await codeOf(view.count({ after: token })), 'view-incomplete')
  assert.equal(await codeOf(app.ask('fragile', { id: 'bad' }, { after: token })), 'view-incomplete')
  assert.equal((await view.get('bad', { after: 4 }))?.['sum'], 3)
  assert.match((await app.projections.status('fragile')).error ?? '', /1 documents wait/)
  // It is compared as it was before the event that fails.
  assert.deepEqual(await app.projections.verify('fragile'), [])
  await changeDocument(app.engine, 'fragile_1_1', 'bad', { sum: 4 })
  assert.deepEqual(await app.projections.verify('fragile'), ["fragile: the document 'bad' differs from a fresh fold"])
  await changeDocument(app.engine, 'fragile_1_1', 'bad', { sum: 3 })
  await app.close()

  broken = false
  const again = await start(t, store, { use })
  const [letter] = (await again.reactions.deadLetters()).items
  assert.deepEqual([letter?.lane, letter?.position], ['bad', 5])
  await again.execute('Add', { purseId: 'bad', amount: 10 })
  await again.projections.caughtUp()
  await again.reactions.retry(letter?.id as string)
  while ((await again.reactions.deadLetters()).items.length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  const now = await again.events.head()
  assert.equal((await again.view('fragile').get('bad', { after: now.token }))?.['sum'], 30)
  assert.deepEqual(await again.projections.verify('fragile'), [])
  await again.execute('Add', { purseId: 'bad', amount: 1 })
  await again.projections.caughtUp()
  assert.equal((await again.view('fragile').get('bad'))?.['sum'], 31)
})

/** Texts that no engine's index takes, or no engine at all, by the amount of money that makes them. */
const unstorable: Readonly<Record<number, string>> = { 13: randomBytes(2_000).toString('hex'), 14: '🦊'.slice(0, 1) }

/** A view whose documents show what was added, by an indexed label. */
function labelled(mode: 'async' | 'inline') {
  return projection('labelled', {
    from: [purse],
    document: z.object({ label: z.string() }),
    index: ['label'],
    key: ({ streamId }) => streamId,
    on: { MoneyAdded: (_, { data }) => ({ label: unstorable[data.amount] ?? String(data.amount) }) },
    mode,
  })
}

test('a document that cannot be stored waits as one whose handler failed, and all others go on', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse, labelled('async')] })
  for (const purseId of ['13', '14', '1']) {
    for (const amount of [2, Number(purseId)]) await app.execute('Add', { purseId, amount })
  }
  const { token } = await app.events.head()
  const view = app.view('labelled')
  assert.deepEqual(await view.get('1', { after: token }), { label: '1' })
  for (const lane of ['13', '14']) assert.equal(await codeOf(view.get(lane, { after: token })), 'view-incomplete')
  assert.deepEqual(await view.get('13'), { label: '2' })
  const { items } = await app.reactions.deadLetters()
  assert.deepEqual(items.map(({ lane, position }) => [lane, position]).sort(), [
    ['13', 2],
    ['14', 4],
  ])
})

test('a command that would make a document that cannot be stored in an inline view fails', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse, labelled('inline')] })
  await app.execute('Add', { purseId: 'p1', amount: 1 })
  await app.projections.caughtUp()
  for (const amount of [13, 14]) {
    assert.equal(await codeOf(app.execute('Add', { purseId: 'p1', amount })), 'handler-failed')
  }
  await app.execute('Add', { purseId: 'p1', amount: 2 })
  assert.deepEqual(await app.view('labelled').get('p1'), { label: '2' })
})

test('an event that was discarded for a document is left out of it, in a rebuild too', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse, fragile(() => true)] })
  for (const amount of [1, 13, 4]) await app.execute('Add', { purseId: 'bad', amount })
  await app.projections.caughtUp()
  const [letter] = (await app.reactions.deadLetters()).items
  await app.reactions.discard(letter?.id as string, 'thirteen brings bad luck', { by: 'operator' })
  while ((await app.reactions.deadLetters()).items.length > 0) await new Promise((resolve) => setTimeout(resolve, 10))
  assert.equal((await app.view('fragile').get('bad'))?.['sum'], 5)
  await app.projections.rebuild('fragile')
  while ((await app.projections.status('fragile')).rebuild?.state !== 'live')
    await new Promise((resolve) => setTimeout(resolve, 10))
  const { token } = await app.events.head()
  assert.equal((await app.view('fragile').get('bad', { after: token }))?.['sum'], 5)
  assert.deepEqual(await app.projections.verify('fragile'), [])
})

test('a projection whose key fails stands still and says why, and the other projections go on', async (t) => {
  let broken = true
  const app = await start(t, 'sqlite::memory:', { use: [purse, balances, fragile(() => broken)] })
  for (const amount of [1, 2, 666, 4]) await app.execute('Add', { purseId: 'p1', amount })
  await app.projections.caughtUp({ views: ['balances'] })
  while ((await app.projections.status('fragile')).state !== 'retrying') await new Promise((resolve) => setTimeout(resolve, 10))
  const status = await app.projections.status('fragile')
  assert.equal(status.position, 2)
  assert.match(status.error ?? '', /no key/)
  assert.equal((await app.view('fragile').get('p1'))?.['sum'], 3)
  assert.match((await app.health()).attention.join(), /fragile/)
  broken = false
  await app.projections.caughtUp()
  assert.equal((await app.view('fragile').get('p1'))?.['sum'], 673)
})

test('what cannot be folded any more is a finding, and everything else is verified', async (t) => {
  let broken = false
  const app = await start(t, 'sqlite::memory:', { use: [purse, fragile(() => broken)] })
  for (const [purseId, amount] of [
    ['bad', 13],
    ['bad', 1],
    ['good', 2],
  ] as const) {
    await app.execute('Add', { purseId, amount })
  }
  await app.projections.caughtUp()
  await changeDocument(app.engine, 'fragile_1_1', 'good', { sum: 3 })
  broken = true
  const findings = await app.projections.verify('fragile')
  assert.equal(findings.length, 2)
  assert.match(findings[0] ?? '', /^fragile: the document 'bad' cannot be folded at position 1: .*not thirteen/)
  assert.match(findings[1] ?? '', /^fragile: the document 'good' differs/)
  broken = false
  await app.execute('Add', { purseId: 'bad', amount: 666 })
  await app.projections.caughtUp()
  broken = true
  await assert.rejects(app.projections.verify('fragile'), { code: 'handler-failed', message: /threw in its key/ })
})

test('an event may change several documents, and null removes one', async (t) => {
  const halves = projection('halves', {
    from: [purse],
    document: z.object({ sum: z.int() }),
    key: ({ streamId, data }) => [`${streamId}-odd`, `${streamId}-even`].slice(data.amount % 2 ? 0 : 1),
    on: {
      MoneyAdded: (document, { data }, key) => ({ sum: (document?.sum ?? 0) + data.amount * (key.endsWith('odd') ? 1 : 10) }),
      MoneyTaken: () => null,
    },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, halves] })
  await app.execute('Add', { purseId: 'p', amount: 2 })
  await app.execute('Add', { purseId: 'p', amount: 3 })
  await app.projections.caughtUp()
  assert.deepEqual(await app.view('halves').get('p-odd'), { sum: 3 })
  assert.deepEqual(await app.view('halves').get('p-even'), { sum: 50 })
  await app.execute('Take', { purseId: 'p', amount: 3 })
  await app.projections.caughtUp()
  assert.equal(await app.view('halves').get('p-odd'), null)
  assert.equal(await app.view('halves').count(), 0)
  assert.deepEqual(await app.projections.verify('halves'), [])
})

test('find pages by indexed fields, and refuses what it cannot do', async (t) => {
  const app = await start(t)
  for (let n = 0; n < 25; n++) await app.execute('Add', { purseId: `p${String(n).padStart(2, '0')}`, amount: (n % 5) + 1 })
  await app.projections.caughtUp()
  const view = app.view('balances')
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const page = await view.find({
      where: { balance: { gte: 2, lt: 5 } },
      order: '-balance',
      limit: 4,
      ...(cursor ? { cursor } : {}),
    })
    ids.push(...page.items.map(({ id, document }) => `${document['balance']}${id}`))
    cursor = page.next ?? undefined
  } while (cursor)
  assert.equal(ids.length, 15)
  assert.equal(new Set(ids).size, 15)
  assert.deepEqual(
    ids,
    [...ids].sort((a, b) => Number(b[0]) - Number(a[0])),
  )
  assert.equal(await view.count({ where: { balance: 3 } }), 5)
  assert.equal(await codeOf(view.find({ where: { moves: 1 } })), 'usage')
  assert.equal(await codeOf(view.find({ where: { balance: 'x' } as never })), 'usage')
  assert.equal(await codeOf(view.find({ limit: 0 })), 'usage')
  assert.equal(await codeOf(view.find({ cursor: 'rubbish' })), 'validation')
  assert.equal(await codeOf(view.search('x')), 'usage')
  const page = await app.ask('balances', { 'balance.gt': '3', order: 'balance', limit: '3' })
  assert.equal((page.data as unknown[]).length, 3)
  assert.equal(await codeOf(app.ask('balances', { balence: '3' })), 'validation')
  assert.equal(await codeOf(app.ask('balances', { cursor: page.next as string })), 'validation')
})
