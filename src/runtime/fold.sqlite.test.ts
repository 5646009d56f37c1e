import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { aggregate, boundary } from '../index.ts'
import { codeOf, folder, start } from './ledger.fixture.ts'

/** A crate that takes two, by its schema, and whose `evolve` throws for a bomb. Its rules check neither. */
const crate = aggregate('crate', {
  id: 'crateId',
  events: { Made: z.object({}), Packed: z.object({ what: z.string() }) },
  initial: { made: false, packed: [] as string[] },
  state: z.strictObject({ made: z.boolean(), packed: z.array(z.string()).max(2) }),
  evolve: {
    Made: (state) => ({ ...state, made: true }),
    Packed: (state, { what }) => {
      if (what === 'bomb') throw new Error('boom')
      return { ...state, packed: [...state.packed, what] }
    },
  },
  tags: { Packed: ({ what }) => [`what:${what}`] },
  commands: {
    Make: { input: z.object({ crateId: z.string() }), decide: () => ({ type: 'Made', data: {} }) },
    Pack: {
      input: z.object({ crateId: z.string(), what: z.string() }),
      decide: ({ what }) => ({ type: 'Packed', data: { what } }),
    },
    Ship: {
      input: z.object({ crateId: z.string() }),
      decide: (_, { made }) => {
        if (!made) throw new Error('there is no crate')
        return []
      },
    },
  },
})

/** Everything of one kind, in any crate. */
const kind = boundary('kind', {
  of: z.object({ what: z.string() }),
  from: [crate],
  events: { Counted: z.object({ what: z.string(), n: z.int() }) },
  stream: ({ what }) => what,
  consult: ({ what }) => [{ tags: [`what:${what}`] }],
  initial: () => ({ packed: 0, counted: 0 }),
  evolve: {
    Packed: (state) => ({ ...state, packed: state.packed + 1 }),
    Counted: (state, { n }) => {
      if (n > 9) throw new Error('nobody counts that far')
      return { ...state, counted: n }
    },
  },
  tags: { Counted: ({ what }) => [`what:${what}`] },
  commands: {
    Count: {
      input: z.object({ what: z.string(), n: z.int() }),
      decide: (input) => ({ type: 'Counted', data: input }),
    },
  },
})

test('an event that evolve cannot take in is not written, and its stream is as it was', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [crate, kind] })
  const pack = (what: string) => app.execute('Pack', { crateId: 'c', what })
  assert.equal(await codeOf(pack('bomb')), 'handler-failed')
  await pack('rice')
  await pack('dal')
  assert.equal(await codeOf(pack('one too many')), 'handler-failed')
  assert.equal((await app.events.head()).position, 2)
  assert.deepEqual((await app.loadByName('crate', 'c')).state, { made: false, packed: ['rice', 'dal'] })
  await app.execute('Make', { crateId: 'c' })
  await app.execute('Ship', { crateId: 'c' })
})

test('an event that evolve of a boundary cannot take in is not written, and the boundary is as it was', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [crate, kind] })
  await app.execute('Count', { what: 'rice', n: 1 })
  assert.equal(await codeOf(app.execute('Count', { what: 'rice', n: 10 })), 'handler-failed')
  assert.equal((await app.events.head()).position, 1)
  assert.equal((await app.execute('Count', { what: 'rice', n: 2 })).version, 2)
})

test('business code that throws on a state from memory is asked again on the newest', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const [one, two] = [await start(t, store, { use: [crate] }), await start(t, store, { use: [crate] })]
  await two.execute('Pack', { crateId: 'c', what: 'rice' })
  assert.equal(await codeOf(two.execute('Ship', { crateId: 'c' })), 'handler-failed')
  await one.execute('Make', { crateId: 'c' })
  assert.equal((await two.execute('Ship', { crateId: 'c' })).version, 2)
})

test('evolve sees an event without its place, before the commit and when the state is read', async (t) => {
  const seen = (event: object) => ({
    fields: Object.keys(event).sort(),
    places: ['position', 'version', 'recordedAt', 'schemaVersion'].filter((place) => place in event),
  })
  const initial = { fields: [] as string[], places: [] as string[] }
  const witness = aggregate('witness', {
    id: 'witnessId',
    events: { Seen: z.object({}) },
    initial,
    evolve: { Seen: (_state, _data, event) => seen(event) },
    tags: { Seen: () => ['seen'] },
    commands: { See: { input: z.object({ witnessId: z.string() }), decide: () => ({ type: 'Seen', data: {} }) } },
  })
  const app = await start(t, 'sqlite::memory:', { use: [witness] })
  await app.execute('See', { witnessId: 'w' })
  const fromMemory = await app.loadByName('witness', 'w')
  assert.deepEqual((fromMemory.state as typeof initial).places, [])
  assert.deepEqual(await app.loadByName('witness', 'w', { version: 1 }), fromMemory)
})

test('a state that no snapshot can hold fails no command', async (t) => {
  const huge = aggregate('huge', {
    id: 'hugeId',
    events: { Grown: z.object({}) },
    initial: { size: 1 },
    evolve: { Grown: () => ({ size: 1n }) as never },
    commands: { Grow: { input: z.object({ hugeId: z.string() }), decide: () => ({ type: 'Grown', data: {} }) } },
    snapshot: { every: 10 },
  })
  const app = await start(t, 'sqlite::memory:', { use: [huge] })
  for (let version = 1; version <= 12; version++) assert.equal((await app.execute('Grow', { hugeId: 'h' })).version, version)
  assert.match((await app.health()).attention.join(), /state of huge does not survive JSON/)
})
