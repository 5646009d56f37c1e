import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { aggregate, event, process, projection, reactor } from '../../index.ts'
import { folder, start } from '../ledger.fixture.ts'
import { settled, until } from './eventually.fixture.ts'

const old = aggregate('parcel', {
  id: 'parcelId',
  events: { Sent: z.object({ to: z.string() }) },
  initial: {},
  evolve: {},
  commands: {
    Send: {
      input: z.object({ parcelId: z.string(), to: z.string() }),
      decide: ({ to }) => ({ type: 'Sent', data: { to } }),
    },
  },
})

let repaired = false
const current = aggregate('parcel', {
  id: 'parcelId',
  events: {
    Sent: event(z.object({ to: z.string() })).next(z.object({ city: z.string() }), ({ to }) => {
      const [, city] = to.split(', ')
      if (city === undefined && !repaired) throw new Error(`no city in ${to}`)
      return { city: city ?? 'unknown' }
    }),
  },
  initial: {},
  evolve: {},
  commands: { Lose: { input: z.object({ parcelId: z.string() }), decide: () => [] } },
})

test('RUN-12 an old event that cannot be brought up to date fails the handlers that look at it, and nobody else', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const before = await start(t, store, { use: [old] })
  for (const [parcelId, to] of [
    ['a', '1 Road, Dhaka'],
    ['b', 'somewhere'],
    ['c', '2 Road, Khulna'],
  ]) {
    await before.execute('Send', { parcelId, to })
  }
  await before.close()

  const told: string[] = []
  const telling = reactor('telling', {
    from: [current],
    on: { Sent: ({ streamId, data }) => void told.push(`${streamId}: ${data.city}`) },
    retry: { attempts: 1 },
    start: 'beginning',
  })
  const counting = process('counting', {
    from: [current],
    initial: { city: '' },
    correlate: ({ streamId }) => streamId,
    on: { Sent: (_, { data }) => ({ state: { city: data.city } }) },
    retry: { attempts: 1 },
    start: 'beginning',
  })
  const cities = projection('cities', {
    from: [current],
    document: z.object({ city: z.string() }),
    key: ({ streamId }) => streamId,
    on: { Sent: (_, { data }) => ({ city: data.city }) },
  })
  const app = await start(t, store, { use: [current, telling, counting, cities] })
  await settled(app, 'telling', 'counting')
  assert.deepEqual(told.toSorted(), ['a: Dhaka', 'c: Khulna'])
  assert.equal((await app.view('cities').get('c'))?.['city'], 'Khulna')
  const { items } = await app.reactions.deadLetters({ consumer: 'telling' })
  const [letter] = items
  assert.match(letter?.error ?? '', /upcaster of parcel\.Sent to version 2 threw.* no city in somewhere/)
  const id = letter?.id as string
  assert.deepEqual((await app.reactions.deadLetter(id)).event.data, { to: 'somewhere' })
  assert.equal((await app.reactions.dryRun(id)).ok, false)
  assert.equal((await app.reactions.dryRun(id, { data: { city: 'Sylhet' } })).ok, true)

  await app.reactions.retry(id, { data: { city: 'Sylhet' } })
  await until('corrected', () => told.length === 3)
  assert.equal(told[2], 'b: Sylhet')
  repaired = true
  await app.reactions.retryAll({})
  await until('all', async () => (await app.reactions.deadLetters()).items.length === 0)
  assert.equal((await app.view('cities').get('b'))?.['city'], 'unknown')
  assert.equal((await app.events.stream('counting', 'b')).length, 1)
})
