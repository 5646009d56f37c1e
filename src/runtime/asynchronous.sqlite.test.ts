import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { aggregate, boundary, process, projection } from '../index.ts'
import { purse, start } from './ledger.fixture.ts'
import { settled, until } from './reactions/eventually.fixture.ts'

/** Business code that must answer at once, written by somebody who did not know: its rejection is nobody's. */
const late = (async () => {
  await Promise.resolve()
  throw new Error('looked something up')
}) as never
const lateAll = (() => [(late as () => unknown)(), (late as () => unknown)()]) as never

const input = z.object({ id: z.string() })
const noted = z.object({})
const note = { type: 'Noted', data: {} } as const

test('a command whose business code is asynchronous is refused, and the process lives on', async (t) => {
  const one = (name: string, parts: { decide?: never; evolve?: never; tags?: never }) =>
    aggregate(name, {
      id: 'id',
      events: { Noted: noted },
      initial: {},
      evolve: parts.evolve ? { Noted: parts.evolve } : {},
      ...(parts.tags ? { tags: { Noted: parts.tags } } : {}),
      commands: { [`Note${name}`]: { input, decide: parts.decide ?? (() => note) } },
    })
  const many = (name: string, parts: { consult?: never; stream?: never; initial?: never }) =>
    boundary(name, {
      from: [purse],
      of: input,
      consult: parts.consult ?? (() => [{ types: ['MoneyAdded'] }]),
      stream: parts.stream ?? (() => 's'),
      events: {},
      initial: parts.initial ?? (() => ({})),
      evolve: {},
      commands: { [`Note${name}`]: { input, decide: () => [] } },
    })
  const use = [
    one('a', { decide: late }),
    one('b', { decide: lateAll }),
    one('c', { evolve: late }),
    one('d', { tags: late }),
    many('e', { consult: late }),
    many('f', { stream: late }),
    many('g', { initial: late }),
  ]
  const app = await start(t, 'sqlite::memory:', { use: [purse, ...use] as never })
  for (const { name } of use) {
    await assert.rejects(app.execute(`Note${name}`, { id: 'x' }), /is asynchronous|not a promise/, name)
  }
  assert.equal((await app.events.head()).position, 0)
})

test('an inline view whose key or handler is asynchronous fails the command', async (t) => {
  for (const asynchronous of [{ key: late }, { key: lateAll }, { on: { MoneyAdded: late } }]) {
    const view = projection('notes', {
      from: [purse],
      document: z.object({}),
      key: () => 'k',
      on: { MoneyAdded: () => ({}) },
      mode: 'inline',
      ...asynchronous,
    })
    const app = await start(t, 'sqlite::memory:', { use: [purse, view] })
    await assert.rejects(app.execute('Add', { purseId: 'p', amount: 1 }), { code: 'handler-failed' })
    assert.equal((await app.events.head()).position, 0)
  }
})

test('a process whose handler or correlation is asynchronous has a dead letter', async (t) => {
  const processes = [
    process('handling', {
      from: [purse],
      initial: {},
      correlate: (e) => e.streamId,
      on: { MoneyAdded: late },
      retry: { attempts: 1 },
    }),
    process('naming', { from: [purse], initial: {}, correlate: late, on: { MoneyAdded: () => null }, retry: { attempts: 1 } }),
  ]
  const app = await start(t, 'sqlite::memory:', { use: [purse, ...processes] })
  await app.execute('Add', { purseId: 'p', amount: 1 })
  for (const { name } of processes) {
    await until('parked', async () => (await app.reactions.status(name)).parked === 1)
    await settled(app, name)
  }
})

test('a document whose handler is asynchronous waits, and a view whose key is says why it stands still', async (t) => {
  const view = (name: string, asynchronous: object) =>
    projection(name, {
      from: [purse],
      document: z.object({}),
      key: () => 'k',
      on: { MoneyAdded: () => ({}) },
      ...asynchronous,
    })
  const app = await start(t, 'sqlite::memory:', {
    use: [purse, view('handling', { on: { MoneyAdded: late } }), view('naming', { key: late })],
  })
  await app.execute('Add', { purseId: 'p', amount: 1 })
  await until('parked', async () => (await app.reactions.deadLetters()).items.length === 1)
  await until('says why', async () => /gave a key/.test((await app.projections.status('naming')).error ?? ''))
})
