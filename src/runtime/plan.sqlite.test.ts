import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { absent, aggregate, projection } from '../index.ts'
import { codeOf, start } from './ledger.fixture.ts'

/** Takes down what `evolve` and handlers see of an event beside its data. */
const entry = aggregate('entry', {
  id: 'entryId',
  events: { Entered: z.object({}) },
  initial: { seen: null as null | { occurredAt: string; metadata: string } },
  evolve: {
    Entered: (_state, _data, { occurredAt, metadata }) => ({ seen: { occurredAt, metadata: describe(metadata['given']) } }),
  },
  commands: {
    Enter: {
      input: z.object({ entryId: z.string(), at: z.string().optional() }),
      decide: ({ at }) => ({ type: 'Entered', data: {}, ...(at === undefined ? {} : { occurredAt: at }) }),
    },
  },
})

function describe(value: unknown): string {
  return `${value?.constructor.name} ${JSON.stringify(value)}`
}

const entries = projection('entries', {
  from: [entry],
  document: z.object({ occurredAt: z.string(), metadata: z.string() }),
  key: ({ occurredAt }) => occurredAt,
  on: { Entered: (_, { occurredAt, metadata }) => ({ occurredAt, metadata: describe(metadata['given']) }) },
  mode: 'inline',
})

test('the time and the metadata of an event are folded as they are stored', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [entry, entries] })
  const times = ['2010-12-01', '2010-12-01T08:26:00+05:30', '2010-12-01T08:26:00.1234567Z']
  for (const at of times) await app.execute('Enter', { entryId: at, at }, { metadata: { given: new Date(0) } })
  const seen = async (id: string, version?: number) =>
    (await app.loadByName('entry', id, version === undefined ? {} : { version })).state
  for (const at of times) {
    const [event] = await app.events.stream('entry', at)
    const { occurredAt } = event as { occurredAt: string }
    assert.equal(Date.parse(occurredAt), Date.parse(at))
    // From memory, and folded from the store.
    for (const state of [await seen(at), await seen(at, 1)])
      assert.deepEqual(state, { seen: { occurredAt, metadata: 'String "1970-01-01T00:00:00.000Z"' } })
  }
  assert.deepEqual(await app.projections.verify('entries'), [])
})

test('an event whose time is none is a fault of the code, and nothing is written', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [entry] })
  for (const at of ['soon', '', '1', '2010-02-30', '2010-12-01T08:26:00'])
    await assert.rejects(app.execute('Enter', { entryId: 'e', at }), {
      code: 'handler-failed',
      message: /entry\.Entered.*occurredAt/,
    })
  assert.equal((await app.events.head()).position, 0)
  assert.equal(await codeOf(app.execute('Enter', { entryId: 'e' }, { occurredAt: '2010-12-01T08:26:00' })), 'validation')
})

test('the code of a guard is among what a command may be rejected with, also before it ever was', async (t) => {
  const badge = aggregate('badge', {
    id: 'badgeId',
    events: { BadgeGiven: z.object({}) },
    initial: {},
    evolve: {},
    commands: {
      Give: {
        input: z.object({ badgeId: z.string() }),
        rejections: ['worn-out'],
        decide: () => [{ type: 'BadgeGiven', data: {} }, absent([{ types: ['BadgeGiven'] }], 'given')],
      },
    },
  })
  const app = await start(t, 'sqlite::memory:', { use: [badge] })
  await app.execute('Give', { badgeId: 'b' })
  assert.deepEqual(app.catalogue.commands.find(({ name }) => name === 'Give')?.rejections, ['given', 'worn-out'])
  const again = await app.attempt('Give', { badgeId: 'c' })
  assert.equal(again.rejected, 'given')
})
