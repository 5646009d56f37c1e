import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { aggregate, boundary, event, process, projection, reactor } from '../../index.ts'
import { folder, start } from '../ledger.fixture.ts'
import { settled, until } from './eventually.fixture.ts'

/** The first way to something inside a value that can be changed; null when there is none. */
function changeable(value: unknown, path: string): string | null {
  if (typeof value !== 'object' || value === null) return null
  if (!Object.isFrozen(value)) return path
  for (const [key, inner] of Object.entries(value)) {
    const found = changeable(inner, `${path}.${key}`)
    if (found !== null) return found
  }
  return null
}

const line = z.object({ sku: z.string(), amounts: z.array(z.number()) })

/** A business that writes down what it was given, and what of that could be changed. */
function onlooker(release: 1 | 2) {
  const given = new Set<string>()
  const faults: string[] = []
  const look = (where: string, value: object): void => {
    given.add(where)
    const found = changeable(value, where)
    if (found !== null) faults.push(found)
  }
  const first = event(z.object({ lines: z.array(line) }))
  const both = first.next(z.object({ lines: z.array(line), note: z.object({ by: z.string() }) }), ({ lines }) => {
    lines.push({ sku: 'c', amounts: [3] })
    return { lines, note: { by: 'upcaster' } }
  })
  const placed = (release === 1 ? first : both) as typeof both
  const order = aggregate('order', {
    id: 'orderId',
    events: { Placed: placed },
    initial: { placed: 0 },
    evolve: {
      Placed: ({ placed }, _, event) => {
        look('evolve', event)
        return { placed: placed + 1 }
      },
    },
    tags: {
      Placed: (data) => {
        look('tags', data)
        return data.lines.map(({ sku }) => `sku:${sku}`)
      },
    },
    commands: {
      Place: {
        input: z.object({ orderId: z.string() }),
        decide: (_, __, { metadata }) => {
          look('decide', metadata)
          const data = { lines: [{ sku: 'a', amounts: [2, 1] }], ...(release === 1 ? {} : { note: { by: 'decide' } }) }
          return { type: 'Placed', data: data as never }
        },
      },
    },
  })
  const sales = boundary('sales', {
    of: z.object({ sku: z.string() }),
    from: [order],
    events: {},
    stream: ({ sku }) => sku,
    consult: ({ sku }) => [{ types: ['Placed'], tags: [`sku:${sku}`] }],
    initial: () => ({ placed: 0 }),
    evolve: {
      Placed: ({ placed }, _, event) => {
        look('evolve of a boundary', event)
        return { placed: placed + 1 }
      },
    },
    commands: { Audit: { input: z.object({ sku: z.string() }), decide: () => [] } },
  })
  const view = <const Name extends string>(name: Name, mode: 'async' | 'inline') =>
    projection(name, {
      from: [order],
      document: z.object({ placed: z.int() }),
      key: (event) => {
        look(`key of ${name}`, event)
        return event.streamId
      },
      on: {
        Placed: (document, event) => {
          look(name, event)
          return { placed: (document?.placed ?? 0) + 1 }
        },
      },
      mode,
    })
  const telling = reactor('telling', {
    from: [order],
    on: { Placed: (event) => look('reactor', event) },
    start: 'beginning',
  })
  const counting = process('counting', {
    from: [order],
    initial: { placed: 0 },
    correlate: (event) => {
      look('correlate', event)
      return event.streamId
    },
    on: {
      Placed: ({ placed }, event) => {
        look('process', event)
        return { state: { placed: placed + 1 } }
      },
    },
    start: 'beginning',
  })
  return { use: [order, sales, view('later', 'async'), view('at-once', 'inline'), telling, counting], look, given, faults }
}

test('RUN-15 whoever is given an event cannot change it, whether it comes from memory or from the store', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const metadata = { from: { page: ['shop'] } }
  for (const release of [1, 2] as const) {
    // Nothing is fed at first, so that the next app finds all in the store.
    for (const feeds of [false, true]) {
      const { use, look, given, faults } = onlooker(release)
      const app = await start(t, store, { use, runProjections: feeds, runReactions: feeds })
      await app.execute('Place', { orderId: 'a' }, { metadata })
      await app.execute('Audit', { sku: 'a' })
      if (feeds) {
        await app.projections.caughtUp()
        await settled(app, 'telling', 'counting')
        assert.deepEqual(await app.projections.verify('later'), [])
        assert.deepEqual(await app.projections.verify('at-once'), [])
        await app.execute('Place', { orderId: 'a' }, { metadata })
        await app.projections.caughtUp()
        await settled(app, 'telling', 'counting')
      }
      for (const found of (await app.events.read()).events) look('reader', found)
      await app.close()
      assert.deepEqual(faults, [])
      const always = ['decide', 'tags', 'evolve', 'evolve of a boundary', 'reader']
      const fed = ['later', 'key of later', 'at-once', 'key of at-once', 'reactor', 'correlate', 'process']
      assert.deepEqual([...given].sort(), [...new Set([...always, ...(feeds ? fed : given)])].sort())
    }
  }
})

test('a reactor that changes its event fails, and the views hold what the log holds', async (t) => {
  const order = aggregate('order', {
    id: 'orderId',
    events: { Placed: z.object({ amount: z.number() }) },
    initial: {},
    evolve: {},
    commands: {
      Place: {
        input: z.object({ orderId: z.string(), amount: z.number() }),
        decide: ({ amount }) => ({ type: 'Placed', data: { amount } }),
      },
    },
  })
  const inCents = reactor('in-cents', {
    from: [order],
    on: {
      Placed: (event) => {
        event.data.amount *= 100
      },
    },
    retry: { attempts: 1 },
  })
  const sums = projection('sums', {
    from: [order],
    document: z.object({ sum: z.number() }),
    key: (event) => event.streamId,
    on: { Placed: (document, { data }) => ({ sum: (document?.sum ?? 0) + data.amount }) },
  })
  const app = await start(t, 'sqlite::memory:', { use: [order, inCents, sums] })
  for (let n = 1; n <= 5; n++) {
    await app.execute('Place', { orderId: `o${n}`, amount: 1 })
    await until('the reactor failed', async () => (await app.reactions.deadLetters()).items.length === n)
    await app.projections.caughtUp()
    assert.equal((await app.view('sums').get(`o${n}`))?.['sum'], 1)
  }
  const [letter] = (await app.reactions.deadLetters()).items
  assert.match(letter?.error ?? '', /read only property 'amount'/)
  assert.deepEqual(await app.projections.verify('sums'), [])
})

test('a handler that sorts what its event holds fails alike, whatever evolve has made of it', async (t) => {
  const order = aggregate('order', {
    id: 'orderId',
    events: { Placed: z.object({ lines: z.array(z.number()) }) },
    initial: { lines: [] as readonly number[] },
    evolve: { Placed: (_, { lines }) => ({ lines }) },
    commands: {
      Place: {
        input: z.object({ orderId: z.string(), lines: z.array(z.number()) }),
        decide: ({ lines }) => ({ type: 'Placed', data: { lines } }),
      },
    },
  })
  const first = projection('first', {
    from: [order],
    document: z.object({ first: z.number() }),
    key: (event) => event.streamId,
    on: { Placed: (_, { data }) => ({ first: data.lines.sort()[0] ?? 0 }) },
  })
  const app = await start(t, 'sqlite::memory:', { use: [order, first] })
  await app.execute('Place', { orderId: 'a', lines: [3, 1, 2] })
  await app.projections.caughtUp()
  const letters = async () => (await app.reactions.deadLetters()).items
  const [letter] = await letters()
  assert.match(letter?.error ?? '', /read only property '0'/)
  await app.reactions.retry(letter?.id as string)
  await until('it is parked again', async () => (await letters())[0]?.state !== 'retrying')
  assert.equal((await letters())[0]?.error, letter?.error)
})
