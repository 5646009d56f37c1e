import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
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

/** The next release, whose upcaster fails for what has no city until it is repaired. */
function release(repaired: () => boolean) {
  const current = aggregate('parcel', {
    id: 'parcelId',
    events: {
      Sent: event(z.object({ to: z.string() })).next(z.object({ city: z.string() }), ({ to }) => {
        const [, city] = to.split(', ')
        if (city === undefined && !repaired()) throw new Error(`no city in ${to}`)
        return { city: city ?? 'unknown' }
      }),
    },
    initial: {},
    evolve: {},
    commands: { Lose: { input: z.object({ parcelId: z.string() }), decide: () => [] } },
  })
  const cities = projection('cities', {
    from: [current],
    document: z.object({ city: z.string() }),
    key: ({ streamId }) => streamId,
    on: { Sent: (_, { data }) => ({ city: data.city }) },
  })
  return { current, cities }
}

/** A store in which the release before has sent parcels. */
async function sent(t: TestContext, addresses: Readonly<Record<string, string>>): Promise<string> {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const before = await start(t, store, { use: [old] })
  for (const [parcelId, to] of Object.entries(addresses)) await before.execute('Send', { parcelId, to })
  await before.close()
  return store
}

test('RUN-12 an old event that cannot be brought up to date fails the handlers that look at it, and nobody else', async (t) => {
  const store = await sent(t, { a: '1 Road, Dhaka', b: 'somewhere', c: '2 Road, Khulna' })
  let repaired = false
  const { current, cities } = release(() => repaired)
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

test('a document behind an event that cannot be brought up to date is parked again or discarded, and holds up no other', async (t) => {
  const store = await sent(t, { a: '1 Road, Dhaka', b: 'somewhere', c: 'nowhere', d: '3 Road, Bogura' })
  let closed = true
  const { current, cities } = release(() => false)
  const guarded = projection('guarded', {
    from: [current],
    document: z.object({ city: z.string() }),
    key: ({ streamId }) => streamId,
    on: {
      Sent: (_, { streamId, data }) => {
        if (streamId === 'a' && closed) throw new Error('closed')
        return { city: data.city }
      },
    },
  })
  const app = await start(t, store, { use: [current, cities, guarded] })
  await app.projections.caughtUp()
  const lettersOf = async (view: string) =>
    (await app.reactions.deadLetters()).items.filter(({ consumer }) => consumer.startsWith(`view/${view}_`))
  const letterOf = async (view: string, lane: string) => (await lettersOf(view)).find((letter) => letter.lane === lane)
  const idOf = async (view: string, lane: string) => (await letterOf(view, lane))?.id as string
  const again = async (view: string, lane: string) => {
    const before = await letterOf(view, lane)
    await app.reactions.retry(before?.id as string)
    await until(`${lane} is parked again`, async () => (await letterOf(view, lane))?.state === 'parked')
    return letterOf(view, lane)
  }

  const tried = await again('cities', 'b')
  assert.match(tried?.error ?? '', /no city in somewhere/)
  assert.equal(tried?.eventType, 'Sent')
  await app.reactions.discard(await idOf('cities', 'b'), 'it never arrived')
  await until('b is discarded', async () => (await letterOf('cities', 'b')) === undefined)
  assert.equal(await app.view('cities').get('b'), null)

  closed = false
  await app.reactions.retry(await idOf('guarded', 'a'))
  await until('a is up to date', async () => (await letterOf('guarded', 'a')) === undefined)
  assert.equal((await app.view('guarded').get('a'))?.['city'], 'Dhaka')
  assert.deepEqual(
    (await lettersOf('guarded')).map(({ lane }) => lane),
    ['b', 'c'],
  )
  for (const { name, state } of await app.projections.list()) assert.deepEqual([name, state], [name, 'live'])
})
