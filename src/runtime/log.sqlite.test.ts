import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { aggregate, event } from '../index.ts'
import { codeOf, folder, purse, start } from './ledger.fixture.ts'

test('a follower sees everything once and in order while two processes write', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const apps = [await start(t, store), await start(t, store)] as const
  await apps[0].execute('Add', { purseId: 'p0', amount: 1 })
  const stop = new AbortController()
  const seen: number[] = []
  const following = (async () => {
    let before: string | null = null
    for await (const { event, token, previous } of apps[0].events.follow({ signal: stop.signal })) {
      if (before) assert.equal(previous, before)
      before = token
      seen.push(event.position)
      if (event.position === 401) break
    }
  })()
  await Promise.all(
    Array.from({ length: 400 }, (_, n) => apps[(n % 2) as 0 | 1].execute('Add', { purseId: `p${n % 9}`, amount: 1 })),
  )
  await following
  stop.abort()
  assert.deepEqual(
    seen,
    Array.from({ length: 401 }, (_, n) => n + 1),
  )
})

test('a follower resumes from a token without a hole or a repeat, with a filter too', async (t) => {
  const app = await start(t)
  for (let n = 1; n <= 30; n++)
    await app.execute(n % 3 ? 'Add' : 'OpenPurse', n % 3 ? { purseId: 'p', amount: n } : { purseId: `q${n}` })
  const seen: number[] = []
  let token: string | undefined
  for (let part = 0; part < 4; part++) {
    let taken = 0
    for await (const item of app.events.follow({ types: ['MoneyAdded'], ...(token ? { after: token } : {}) })) {
      assert.ok(token === undefined || taken > 0 || item.previous === token)
      seen.push(item.event.position)
      token = item.token
      if (++taken === 5) break
    }
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 30 }, (_, n) => n + 1).filter((n) => n % 3),
  )
})

test('a past state is what it was, by version and by time', async (t) => {
  let now = Date.parse('2026-01-05T10:00:00Z')
  const app = await start(t, 'sqlite::memory:', { clock: () => now })
  const balance = async (moment: object) => (await app.loadByName('purse', 'p', moment)).state as { balance: number }
  for (const amount of [10, 20, 30]) {
    await app.execute('Add', { purseId: 'p', amount })
    now += 60_000
  }
  assert.equal((await balance({ version: 2 })).balance, 30)
  assert.equal((await balance({ version: 0 })).balance, 0)
  assert.equal((await balance({ at: '2026-01-05T10:00:00Z' })).balance, 10)
  assert.equal((await balance({ at: new Date('2026-01-05T10:01:59.999Z') })).balance, 30)
  assert.equal((await balance({ at: '2026-01-05T09:59:59.999Z' })).balance, 0)
  assert.equal(await codeOf(app.loadByName('purse', 'p', { at: 'yesterday' })), 'validation')
  assert.equal(await codeOf(app.loadByName('nothing', 'p')), 'unknown-aggregate')
})

test('pages of the log go forwards and backwards and by filter', async (t) => {
  const app = await start(t)
  for (let n = 1; n <= 25; n++) await app.execute('Add', { purseId: `p${n % 2}`, amount: n })
  const first = await app.events.read({ limit: 10 })
  const second = await app.events.read({ limit: 10, after: first.next })
  const third = await app.events.read({ limit: 10, after: second.next })
  assert.deepEqual(
    [first, second, third].map(({ events, end }) => [events.length, end]),
    [
      [10, false],
      [10, false],
      [5, true],
    ],
  )
  const newest = await app.events.read({ limit: 3, backwards: true })
  assert.deepEqual(
    newest.events.map(({ position }) => position),
    [25, 24, 23],
  )
  const older = await app.events.read({ limit: 3, backwards: true, after: newest.next })
  assert.deepEqual(
    older.events.map(({ position }) => position),
    [22, 21, 20],
  )
})

test('a bare position behind the end of the log is refused, and never made into a token', async (t) => {
  const app = await start(t)
  for (let n = 1; n <= 3; n++) await app.execute('Add', { purseId: 'p', amount: n })
  const last = await app.events.read({ after: 3 })
  assert.deepEqual(last.events, [])
  await app.execute('Add', { purseId: 'p', amount: 4 })
  assert.equal((await app.events.read({ after: last.next })).events.length, 1)
  for (const after of [5, '5', 1_000]) {
    assert.equal(await codeOf(app.events.read({ after })), 'validation')
    assert.equal(await codeOf(app.events.follow({ after })[Symbol.asyncIterator]().next()), 'validation')
  }
  // Backwards it says below which position to begin, and everything is.
  assert.equal((await app.events.read({ after: 1_000, backwards: true })).events.length, 4)
})

test('events of an old schema version are read as current ones, and unknown ones are kept', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const one = aggregate('note', {
    id: 'id',
    events: { Written: z.object({ text: z.string() }), Old: z.object({ x: z.int() }) },
    initial: { words: 0 },
    evolve: {},
    commands: {
      Write: {
        input: z.object({ id: z.string() }),
        decide: () => [
          { type: 'Written', data: { text: 'a b' } },
          { type: 'Old', data: { x: 1 } },
        ],
      },
    },
  })
  const two = aggregate('note', {
    id: 'id',
    events: {
      Noted: event(z.object({ text: z.string() }), { aliases: ['Written'] })
        .next(z.object({ words: z.array(z.string()) }), ({ text }) => ({ words: text.split(' ') }))
        .next(z.object({ words: z.array(z.string()), tone: z.string().default('plain') }), (old) => old),
    },
    initial: { words: 0 },
    evolve: { Noted: (state: { words: number }, { words }: { words: string[] }) => ({ words: state.words + words.length }) },
    commands: {},
  } as never)
  const before = await start(t, store, { use: [one] })
  await before.execute('Write', { id: 'n' })
  await before.close()
  const after = await start(t, store, { use: [two as never] })
  const events = await after.events.stream('note', 'n')
  assert.deepEqual(
    events.map(({ type, data }) => [type, data]),
    [
      ['Noted', { words: ['a', 'b'], tone: 'plain' }],
      ['Old', { x: 1 }],
    ],
  )
  assert.deepEqual((await after.loadByName('note', 'n')).state, { words: 2 })
  assert.equal((await after.events.match([{ types: ['Noted'] }])).length, 1)
})

test('a causation tree leads from any of its events to the first command', async (t) => {
  const app = await start(t)
  const first = await app.execute('Add', { purseId: 'p', amount: 9 }, { user: { id: 'rahim' } })
  const cause = first.events[0]?.id as string
  const [event] = await app.events.stream('purse', 'p')
  const second = await app.execute(
    'Move',
    { purseId: 'p', to: 'q', amount: 4 },
    { causationId: cause, correlationId: event?.correlationId as string },
  )
  const tree = await app.events.trace(second.events[1]?.id as string)
  assert.deepEqual([tree.kind, tree.name, tree.principal], ['command', 'Add', 'rahim'])
  const child = tree.children[0]?.children[0]
  assert.deepEqual([child?.name, child?.children.map(({ name }) => name)], ['Move', ['MoneyTaken', 'MoneyAdded']])
  assert.equal(await codeOf(app.events.trace('00000000-0000-7000-8000-000000000000')), 'unknown-event')
})

test('a trace reads the events of a correlation that are nearest, and says that there may be more', async (t) => {
  const app = await start(t)
  const correlationId = 'one-for-all'
  const add = (purseId: string) => app.execute('Add', { purseId, amount: 1 }, { correlationId })
  await add('first')
  await Promise.all(Array.from({ length: 1_100 }, (_, n) => add(`p${n}`)))
  const [first, second] = (await app.events.read({ limit: 2 })).events
  const move = await app.execute(
    'Move',
    { purseId: 'first', to: 'q', amount: 1 },
    { correlationId, causationId: second?.id as string },
  )
  // The cause is beyond what is read on this side of the asked event, as is what it caused on the other.
  const last = await app.events.trace(move.events[0]?.id as string)
  assert.deepEqual([last.name, last.truncated], ['Move', true])
  const asked = await app.events.trace(first?.id as string)
  assert.deepEqual([asked.children[0]?.id, asked.truncated], [first?.id, true])
  const other = await app.execute('Add', { purseId: 'other', amount: 1 })
  assert.equal((await app.events.trace(other.events[0]?.id as string)).truncated, undefined)
})

test('a snapshot is only a shortcut: it is used, ignored for another shape, and never shown half', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  let folds = 0
  const counting = (initial: { balance: number; extra?: number }) =>
    aggregate('purse', {
      id: 'purseId',
      events: { MoneyAdded: purse.definition.events['MoneyAdded'] as z.ZodObject<{ amount: z.ZodInt }> },
      initial,
      evolve: {
        MoneyAdded: (state, { amount }) => {
          folds++
          return { ...state, balance: state.balance + amount }
        },
      },
      commands: {
        Add: {
          input: z.object({ purseId: z.string(), amount: z.int() }),
          decide: ({ amount }) => ({ type: 'MoneyAdded', data: { amount } }),
        },
      },
      snapshot: { every: 10 },
    })
  const app = await start(t, store, { use: [counting({ balance: 0 })] })
  for (let n = 0; n < 35; n++) await app.execute('Add', { purseId: 'p', amount: 1 })
  await app.close()
  const again = await start(t, store, { use: [counting({ balance: 0 })] })
  folds = 0
  assert.deepEqual((await again.loadByName('purse', 'p')).state, { balance: 35 })
  assert.equal(folds, 5)
  folds = 0
  assert.deepEqual((await again.loadByName('purse', 'p', { version: 12 })).state, { balance: 12 })
  assert.ok(folds <= 12)
  await again.close()
  const other = await start(t, store, { use: [counting({ balance: 0, extra: 1 })] })
  folds = 0
  assert.deepEqual((await other.loadByName('purse', 'p')).state, { balance: 35, extra: 1 })
  assert.equal(folds, 35)
})
