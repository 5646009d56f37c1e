import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { aggregate } from '../index.ts'
import { codeOf, folder, start } from './ledger.fixture.ts'

test('50 callers with one key have one effect and one receipt', async (t) => {
  const app = await start(t, `sqlite:${join(folder(t), 'a.db')}`)
  const receipts = await Promise.all(
    Array.from({ length: 50 }, () => app.execute('Add', { purseId: 'p1', amount: 5 }, { idempotencyKey: 'k' })),
  )
  assert.equal(new Set(receipts.map(({ repeated: _, ...receipt }) => JSON.stringify(receipt))).size, 1)
  assert.equal(receipts.filter(({ repeated }) => !repeated).length, 1)
  assert.equal((await app.events.head()).position, 1)
})

test('two processes with one key at once have one effect', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const apps = [await start(t, store), await start(t, store)]
  for (let round = 0; round < 20; round++) {
    const receipts = await Promise.all(
      apps.map((app) => app.execute('Add', { purseId: 'p1', amount: 1 }, { idempotencyKey: `k${round}` })),
    )
    assert.equal(receipts[0]?.token, receipts[1]?.token)
  }
  assert.equal((await apps[0]?.events.head())?.position, 20)
})

test('a key is remembered across a restart', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const first = await start(t, store)
  const before = await first.execute('Add', { purseId: 'p1', amount: 5 }, { idempotencyKey: 'k' })
  await first.close()
  const second = await start(t, store)
  assert.deepEqual(await second.execute('Add', { amount: 5, purseId: 'p1' }, { idempotencyKey: 'k' }), {
    ...before,
    repeated: true,
  })
})

test('a key with another input is refused, alone and at once', async (t) => {
  const app = await start(t)
  const codes = await Promise.all(
    [1, 2].map((amount) => codeOf(app.execute('Add', { purseId: 'p1', amount }, { idempotencyKey: 'k' }))),
  )
  assert.deepEqual(codes, ['nothing thrown', 'idempotency-key-reused'])
})

test('a key belongs to its command and to whoever sends it', async (t) => {
  const app = await start(t)
  await app.execute('Add', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'k', user: { id: 'a' } })
  await app.execute('Add', { purseId: 'p1', amount: 2 }, { idempotencyKey: 'k', user: { id: 'b' } })
  await app.execute('Take', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'k', user: { id: 'a' } })
  assert.equal((await app.events.head()).position, 3)
})

test('a rejection is not remembered: the same key may succeed later', async (t) => {
  const app = await start(t)
  assert.equal(
    (await app.attempt('Take', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'k' })).rejected,
    'insufficient-funds',
  )
  await app.execute('Add', { purseId: 'p1', amount: 1 })
  assert.equal((await app.attempt('Take', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'k' })).rejected, undefined)
})

test('a keyed command that would now be rejected or stale answers its first receipt', async (t) => {
  const app = await start(t)
  await app.execute('Add', { purseId: 'p1', amount: 1 })
  const first = await app.execute('Take', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'k', expectedVersion: 1 })
  const again = await app.execute('Take', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'k', expectedVersion: 1 })
  assert.equal(again.token, first.token)
})

test('a keyed command without events remembers its receipt', async (t) => {
  const app = await start(t)
  const first = await app.execute('TakeAll', { purseId: 'p1' }, { idempotencyKey: 'k' })
  await app.execute('Add', { purseId: 'p1', amount: 1 })
  const again = await app.execute('TakeAll', { purseId: 'p1' }, { idempotencyKey: 'k' })
  assert.deepEqual([again.events, again.repeated, first.repeated], [[], true, false])
})

test('a key of a client is forgotten after its time, one of a machine never', async (t) => {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const app = await start(t, 'sqlite::memory:', { clock: () => now, keyLifetimeMs: 1_000 })
  await app.execute('Add', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'client' })
  await app.execute('Add', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'machine', keepKey: true })
  now += 1_000_000_000
  assert.equal((await app.execute('Add', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'client' })).repeated, false)
  assert.equal(
    (await app.execute('Add', { purseId: 'p1', amount: 1 }, { idempotencyKey: 'machine', keepKey: true })).repeated,
    true,
  )
})

test('a key that is no key is refused', async (t) => {
  const app = await start(t)
  for (const idempotencyKey of ['', 'x'.repeat(257), 'tab\t', 'é']) {
    assert.equal(await codeOf(app.execute('Add', { purseId: 'p1', amount: 1 }, { idempotencyKey })), 'validation')
  }
})

test('a key is of its user, whatever the id is, and a user that nothing tells from others cannot have one', async (t) => {
  const app = await start(t)
  const add = (user: unknown, idempotencyKey?: string) =>
    app.execute(
      'Add',
      { purseId: 'p1', amount: 1 },
      {
        user: user as never,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      },
    )
  for (const id of [42, 43, 44n, 'ann', -0.5]) {
    const first = await add({ id }, 'k')
    assert.deepEqual(await add({ id }, 'k'), { ...first, repeated: true })
    assert.equal((await app.events.stream('purse', 'p1')).at(-1)?.metadata.principal, String(id))
  }
  assert.equal((await app.events.head()).position, 5)
  for (const user of [{}, { id: '' }, { id: null }, { id: Number.NaN }, { id: ['ann'] }, 'ann'])
    assert.equal(await codeOf(add(user, 'k')), 'usage')
  // Without a key nobody needs to be told from others.
  await add({ roles: ['teller'] })
  for (const nobody of [null, undefined]) await add(nobody, 'k')
  assert.equal((await app.events.head()).position, 7)
})

test('inputs that differ only in what JSON does not carry are different inputs, and equal ones are one', async (t) => {
  const cart = aggregate('cart', {
    id: 'id',
    events: { Put: z.object({}) },
    initial: {},
    evolve: {},
    commands: { Put: { input: z.object({ id: z.string(), what: z.any() }), decide: () => ({ type: 'Put', data: {} }) } },
  })
  const app = await start(t, 'sqlite::memory:', { use: [cart] })
  const put = (what: unknown, idempotencyKey: string) =>
    app.execute('Put', { id: 'c', what }, { idempotencyKey }).then(
      ({ repeated }) => repeated,
      (error) => error.code,
    )
  const reused = 'idempotency-key-reused'
  const different: readonly (readonly unknown[])[] = [
    [new Set(['a']), new Set(['b', 'c']), new Set(), {}, [], ['a']],
    [new Map([['a', 1]]), new Map([['a', 2]]), new Map([['b', 1]]), { a: 1 }, [['a', 1]], {}],
    [5n, 6n, 5, '5', { bigint: '5' }],
    [new Set([new Map([[1n, new Set([1])]])]), new Set([new Map([[1n, new Set([2])]])])],
    [new Uint8Array([1]), new Uint8Array([2])],
  ]
  for (const [n, [first, ...others]] of different.entries()) {
    assert.equal(await put(first, `k${n}`), false)
    for (const other of others) assert.equal(await put(other, `k${n}`), reused)
    assert.equal(await put(first, `k${n}`), true)
  }
  assert.equal(await put(new Set([1, 2, { a: 1, b: 2 }]), 'order'), false)
  assert.equal(await put(new Set([{ b: 2, a: 1 }, 2, 1]), 'order'), true)
  // What nothing can be told about by looking cannot have a key; without one nobody compares.
  for (const what of [/a/, new Blob(['a']), new ArrayBuffer(1)]) assert.equal(await put(what, 'unknown'), 'validation')
  await app.execute('Put', { id: 'c', what: new Blob(['a']) })
})

test('a key that an earlier release kept is found again: the hash of an input stays what it was', async (t) => {
  const app = await start(t)
  const more = { b: [{ d: null, c: 'é' }, undefined], 10: true, 9: -0.5 }
  const input = { purseId: 'p1', amount: 5, more, at: new Date(0), none: undefined }
  await app.execute('Add', input as never, { idempotencyKey: 'k' })
  const found = await app.engine.work.receipt({ principal: '', command: 'Add', key: 'k' })
  assert.equal(found?.inputHash, '8C8j-blzsFN4niTRkWtYzMFWQLqa66TvR87ZOtMVxVU')
})
