import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { type AnyApp, aggregate, event, projection } from '../index.ts'
import { codeOf, course, enrolment, folder, purse, start } from './ledger.fixture.ts'
import { until } from './reactions/eventually.fixture.ts'

const places = ['position', 'version', 'recordedAt', 'schemaVersion']

/** An inline view that asks every event for its place, which its type does not have. */
const curious = projection('curious', {
  from: [purse, enrolment],
  document: z.object({ events: z.int(), seen: z.array(z.string()) }),
  key: (event) => `${event.streamId}:${(event as { version?: number }).version}`,
  on: {
    MoneyAdded: (document, event) => noted(document, event),
    Enrolled: (document, event) => noted(document, event),
  },
  mode: 'inline',
})

function noted(document: { events: number; seen: string[] } | null, event: object) {
  return { events: (document?.events ?? 0) + 1, seen: places.filter((place) => place in event) }
}

test('inline handlers see an event without its place, in the commit, in a rebuild and when it is verified', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse, course, enrolment, curious] })
  await app.execute('Plan', { courseId: 'c', seats: 9 })
  // A boundary's stream and another's stream: nobody knows before the commit which version their events will get.
  for (let n = 0; n < 2; n++) await app.execute('Enrol', { courseId: 'c', studentId: 's' })
  await app.execute('Add', { purseId: 'from', amount: 9 })
  for (let n = 0; n < 2; n++) await app.execute('Move', { purseId: 'from', to: 'to', amount: 1 })
  const { token } = await app.events.head()
  const documents = async () => (await app.view('curious').find({ after: token })).items

  const committed = await documents()
  assert.deepEqual(await app.projections.verify('curious'), [])
  assert.deepEqual(
    committed.map(({ id, document }) => [id, document]),
    [
      ['c+s:undefined', { events: 2, seen: [] }],
      ['from:undefined', { events: 1, seen: [] }],
      ['to:undefined', { events: 2, seen: [] }],
    ],
  )
  await app.projections.rebuild('curious')
  while ((await app.projections.status('curious')).rebuild?.state !== 'live')
    await new Promise((resolve) => setTimeout(resolve, 10))
  assert.deepEqual(await documents(), committed)
})

test('a document takes an event in once, in whichever spellings it is named', async (t) => {
  for (const mode of ['inline', 'async'] as const) {
    const spelt = projection(`spelt-${mode}`, {
      from: [purse],
      document: z.object({ events: z.int() }),
      key: ({ streamId }) => [`${streamId} caf\u00e9`, `${streamId} cafe\u0301`, `${streamId} caf\u00e9`],
      on: { MoneyAdded: (document) => ({ events: (document?.events ?? 0) + 1 }) },
      mode,
    })
    const app = await start(t, 'sqlite::memory:', { use: [purse, spelt] })
    const { token } = (await app.execute('Add', { purseId: mode, amount: 9 })) as { token: string }
    assert.deepEqual(await app.view(`spelt-${mode}`).get(`${mode} caf\u00e9`, { after: token }), { events: 1 }, mode)
  }
})

test('an event that cannot be brought up to date parks its document of an inline view, and is not folded without its data', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const first = z.object({ city: z.string().optional() })
  const parcel = (sent: typeof first) =>
    aggregate('parcel', {
      id: 'parcelId',
      events: { Sent: sent },
      initial: {},
      evolve: {},
      commands: { Send: { input: z.object({ parcelId: z.string() }), decide: () => ({ type: 'Sent', data: {} }) } },
    })
  const before = await start(t, store, { use: [parcel(first)] })
  await before.execute('Send', { parcelId: 'p' })
  await before.close()

  const second = event(first).next(first, () => {
    throw new Error('no city')
  })
  const after = parcel(second as never)
  const cities = projection('cities', {
    from: [after],
    document: z.object({ data: z.string() }),
    key: (event) => event.streamId,
    on: { Sent: (_, { data }) => ({ data: typeof data }) },
    mode: 'inline',
  })
  const app = await start(t, store, { use: [after, cities] })
  await app.projections.caughtUp()
  const [letter] = (await app.reactions.deadLetters()).items
  assert.match(letter?.error ?? '', /no city/)
})

test('a letter of an inline view that later commands folded past is retried as if they had not', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const parcel = aggregate('parcel', {
    id: 'parcelId',
    events: { Sent: z.object({ city: z.string() }) },
    initial: {},
    evolve: {},
    commands: {
      Send: {
        input: z.object({ parcelId: z.string(), city: z.string() }),
        decide: ({ city }) => ({ type: 'Sent', data: { city } }),
      },
    },
  })
  const send = (app: AnyApp, city: string) => app.execute('Send', { parcelId: 'p', city })
  const before = await start(t, store, { use: [parcel] })
  for (let n = 0; n < 2; n++) await send(before, 'a')
  await before.close()

  let repaired = false
  const cities = projection('cities', {
    from: [parcel],
    document: z.object({ cities: z.array(z.string()) }),
    key: (event) => event.streamId,
    on: {
      Sent: (document, { data }) => {
        if (data.city === 'a' && !repaired) throw new Error('nowhere')
        return { cities: [...(document?.cities ?? []), data.city] }
      },
    },
    mode: 'inline',
  })
  const app = await start(t, store, { use: [parcel, cities] })
  await app.projections.caughtUp()
  for (let n = 0; n < 2; n++) await send(app, 'b')
  const [letter] = (await app.reactions.deadLetters()).items
  repaired = true
  await app.reactions.retry(letter?.id ?? '')
  await until('nothing is parked', async () => (await app.reactions.deadLetters()).items.length === 0)
  await send(app, 'b')
  await app.projections.caughtUp()
  assert.deepEqual(await app.view('cities').get('p'), { cities: ['a', 'a', 'b', 'b', 'b'] })
  assert.deepEqual(await app.projections.verify('cities'), [])
})

const gate = aggregate('gate', {
  id: 'gateId',
  events: { Passed: z.object({ guest: z.int() }) },
  initial: {},
  evolve: {},
  commands: {
    Pass: {
      input: z.object({ gateId: z.string(), guests: z.int() }),
      decide: ({ guests }) => Array.from({ length: guests }, (_, guest) => ({ type: 'Passed', data: { guest } }) as const),
    },
  },
})

/** An inline view with some documents for each guest. */
const guests = (each: number) =>
  projection('guests', {
    from: [gate],
    document: z.object({ passed: z.int() }),
    key: ({ data }) => Array.from({ length: each }, (_, n) => `${data.guest}/${n}`),
    on: { Passed: (document) => ({ passed: (document?.passed ?? 0) + 1 }) },
    mode: 'inline',
  })

test('a command changes more documents of an inline view than are held', async (t) => {
  const app = await start(t, `sqlite:${join(folder(t), 'a.db')}`, { use: [gate, guests(3)] })
  await app.projections.caughtUp()
  for (let n = 0; n < 2; n++) await app.execute('Pass', { gateId: 'g', guests: 10_000 })
  const { token } = await app.events.head()
  assert.equal((await app.view('guests').get('0/0', { after: token }))?.['passed'], 2)
  assert.equal(await app.view('guests').count(), 30_000)
  assert.deepEqual(await app.projections.verify('guests'), [])
})

test('a command that would fold too many documents of an inline view fails, and leaves nothing behind', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [gate, guests(1_000)] })
  await app.projections.caughtUp()
  assert.equal(await codeOf(app.execute('Pass', { gateId: 'g', guests: 101 })), 'handler-failed')
  assert.equal((await app.events.head()).position, 0)
  await app.execute('Pass', { gateId: 'g', guests: 1 })
  assert.equal(await app.view('guests').count(), 1_000)
})
