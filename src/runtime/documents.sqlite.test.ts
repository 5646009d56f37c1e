import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import * as z from 'zod'
import { projection } from '../index.ts'
import type { ProjectionMode } from '../model/projection.ts'
import { codeOf, folder, purse, start } from './ledger.fixture.ts'

const modes = ['async', 'inline'] as const

/** What stands in a view's way, in the words of its letters. */
async function errorsOf(app: Awaited<ReturnType<typeof start>>): Promise<readonly string[]> {
  return (await app.reactions.deadLetters()).items.map(({ error }) => error)
}

/** Adds to a purse while nothing is fed. */
async function added(t: TestContext, store: string, ...amounts: readonly number[]): Promise<void> {
  const app = await start(t, store, { use: [purse] })
  for (const amount of amounts) await app.execute('Add', { purseId: 'a', amount })
  await app.close()
}

test('a handler is given the document that the store holds: without the fields that were undefined', async (t) => {
  for (const mode of modes) {
    const labels = projection('labels', {
      from: [purse],
      document: z.object({
        moves: z.int(),
        label: z.string().optional(),
        list: z.array(z.object({ by: z.string().optional() })),
      }),
      key: ({ streamId }) => streamId,
      on: {
        MoneyAdded: (document) =>
          document
            ? { label: 'unnamed', ...document, moves: Object.keys(document.list[0] ?? {}).length }
            : { moves: 0, label: undefined, list: [{ by: undefined }] },
      },
      mode,
    })
    const store = `sqlite:${join(folder(t), 'a.db')}`
    const use = [purse, labels]
    const app = await start(t, store, { use })
    const add = async (to: typeof app, purseId: string) => {
      await to.execute('Add', { purseId, amount: 1 })
      await to.projections.caughtUp()
    }
    for (const purseId of ['hot', 'hot', 'cold']) await add(app, purseId)
    await app.close()
    const again = await start(t, store, { use })
    await add(again, 'cold')
    const expected = { label: 'unnamed', moves: 0, list: [{}] }
    for (const purseId of ['hot', 'cold']) assert.deepEqual(await again.view('labels').get(purseId), expected, mode)
    assert.deepEqual(await again.projections.verify('labels'), [])
    await again.close()
  }
})

test('a handler that changes its document fails, and the document stays as it was', async (t) => {
  const all = (fails: boolean) =>
    projection('all', {
      from: [purse],
      document: z.object({ all: z.array(z.number()) }),
      key: ({ streamId }) => streamId,
      on: {
        MoneyAdded: (document, { data }) => {
          if (document && data.amount < 9) return { all: [...document.all, data.amount] }
          const changed = document ?? { all: [] }
          changed.all.push(data.amount)
          if (fails && data.amount === 9) throw new Error('after the change')
          return changed
        },
      },
    })
  for (const fails of [true, false]) {
    const store = `sqlite:${join(folder(t), 'a.db')}`
    await added(t, store, 1, 2, 9, 3)
    const app = await start(t, store, { use: [purse, all(fails)] })
    await app.projections.caughtUp()
    assert.deepEqual(
      await app
        .view('all')
        .get('a', {})
        .catch(() => null),
      { all: [1, 2] },
    )
    assert.match((await errorsOf(app)).join(), /not extensible/)
    assert.deepEqual(await app.projections.verify('all'), [])
    await app.close()
  }
})

test('a handler that counts in its document fails whether the document comes from memory, the store or the page', async (t) => {
  const counting = (mode: ProjectionMode) =>
    projection('counting', {
      from: [purse],
      document: z.object({ moves: z.int() }),
      key: ({ streamId }) => streamId,
      on: {
        MoneyAdded: (document) => {
          const counted = document ?? { moves: 0 }
          counted.moves++
          return counted
        },
      },
      mode,
    })
  const page = `sqlite:${join(folder(t), 'a.db')}`
  await added(t, page, 1, 1)
  for (const store of [page, `sqlite:${join(folder(t), 'b.db')}`, `sqlite:${join(folder(t), 'c.db')}`]) {
    let app = await start(t, store, { use: [purse, counting('async')] })
    if (store !== page) {
      await app.execute('Add', { purseId: 'a', amount: 1 })
      await app.projections.caughtUp()
      if (store.includes('c.db')) {
        await app.close()
        app = await start(t, store, { use: [purse, counting('async')] })
      }
      await app.execute('Add', { purseId: 'a', amount: 1 })
    }
    await app.projections.caughtUp()
    assert.match((await errorsOf(app)).join(), /read only property 'moves'/, store)
    await app.close()
  }
  const inline = await start(t, 'sqlite::memory:', { use: [purse, counting('inline')] })
  await inline.execute('Add', { purseId: 'a', amount: 1 })
  assert.equal(await codeOf(inline.execute('Add', { purseId: 'a', amount: 1 })), 'handler-failed')
  assert.deepEqual(await inline.view('counting').get('a'), { moves: 1 })
})

test('a document that JSON would change waits behind a letter that says where', async (t) => {
  const changed: Readonly<Record<string, () => unknown>> = {
    'a Date': () => new Date(),
    'a Map': () => new Map(),
    'a bigint': () => 1n,
    'a function': () => () => 1,
    NaN: () => Number.NaN,
    undefined: () => [undefined],
    'part of itself': () => {
      const list: unknown[] = []
      list.push(list)
      return list
    },
  }
  const odd = (mode: ProjectionMode) =>
    projection('odd', {
      from: [purse],
      document: z.object({ inner: z.object({ value: z.unknown() }) }),
      key: ({ streamId }) => streamId,
      on: { PurseOpened: (_, { data }) => ({ inner: { value: changed[data.owner]?.() } }) },
      mode,
    })
  const app = await start(t, 'sqlite::memory:', { use: [purse, odd('async')] })
  const inline = await start(t, 'sqlite::memory:', { use: [purse, odd('inline')] })
  for (const [index, owner] of Object.keys(changed).entries()) {
    await app.execute('OpenPurse', { purseId: `p${index}`, owner })
    assert.equal(await codeOf(inline.execute('OpenPurse', { purseId: `p${index}`, owner })), 'handler-failed')
  }
  await app.projections.caughtUp()
  const errors = (await errorsOf(app)).map(
    (error) => /cannot be stored \(inner\.value(?:\.0)? is (.*?),/.exec(error)?.[1] ?? error,
  )
  assert.deepEqual(errors.toSorted(), Object.keys(changed).toSorted())
})
