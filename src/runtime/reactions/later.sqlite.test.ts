/** Commands that are put off, and what becomes of those that cannot be sent. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import * as z from 'zod'
import { type AnyApp, aggregate } from '../../index.ts'
import { codeOf, folder, member, purse, start } from '../ledger.fixture.ts'
import { until } from './eventually.fixture.ts'

const add = (purseId: string) => purse.commands.Add({ purseId, amount: 1 })
const streams = async (app: AnyApp) => (await app.events.read()).events.map(({ streamId }) => streamId)
const timers = async (app: AnyApp) => (await app.engine.reactions.timers({ limit: 10 })).map(({ id }) => id)
const attention = async (app: AnyApp) => (await app.health()).attention.join()

test('RUN-31 a command can be put off, and called off', async (t) => {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const app = await start(t, 'sqlite::memory:', { use: [purse], clock: () => now })
  await app.reactions.sendLater(add('kept'), '2026-01-01T00:10:00Z', 'a')
  await app.reactions.sendLater(add('moved'), '2026-01-01T00:10:00Z', 'b')
  await app.reactions.sendLater(add('moved'), '2026-01-02T00:00:00Z', 'b')
  const key = await app.reactions.sendLater(add('gone'), '2026-01-01T00:10:00Z')
  assert.equal(await app.reactions.cancelLater(key), true)
  assert.equal(await app.reactions.cancelLater(key), false)
  now += 3_600_000
  await until('sent', async () => (await app.events.head()).position === 1)
  assert.deepEqual(await streams(app), ['kept'])
})

test('RUN-31 a command that could never be sent is refused when it is put off', async (t) => {
  const basket = aggregate('basket', {
    id: 'basketId',
    events: { Filled: z.object({ items: z.array(z.string()) }) },
    initial: {},
    evolve: {},
    commands: {
      Fill: {
        input: z.object({ basketId: z.string(), items: z.any(), at: z.coerce.date().optional() }),
        decide: ({ items }) => ({ type: 'Filled', data: { items: [...items] } }),
      },
    },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, basket] })
  const later = (command: string, input: object, key = 'k', at: Date | string = new Date(0)) =>
    codeOf(app.reactions.sendLater({ command, input }, at, key))
  assert.equal(await later('Ad', { purseId: 'p', amount: 1 }), 'unknown-command')
  assert.equal(await later('Add', { purseId: 'p' }), 'validation')
  for (const items of [new Set(['a']), new Map(), 5n, new Date(0)])
    assert.equal(await later('Fill', { basketId: 'b', items }), 'validation')
  for (const key of ['', 'für-müller', 'x'.repeat(231)])
    assert.equal(await later('Add', { purseId: 'p', amount: 1 }, key), 'validation')
  for (const at of ['soon', '2026-01-01T00:00:00', '2026-02-30'])
    assert.equal(await later('Add', { purseId: 'p', amount: 1 }, 'k', at), 'usage')
  assert.deepEqual(await timers(app), [])
  // The longest key, at the time that takes the most digits.
  await app.reactions.sendLater(add('longest'), new Date(-8.64e15), 'x'.repeat(230))
  await until('sent', async () => (await streams(app)).includes('longest'))
})

test('RUN-33 a command that was put off and that a release does not know waits for one that does', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const before = await start(t, store, { use: [purse, member], runReactions: false })
  await before.reactions.sendLater(member.commands.Join({ memberId: 'm', name: 'Mina' }), new Date(0), 'join')
  await before.close()
  const without = await start(t, store, { use: [purse] })
  await until('told', async () => /command\/join.*no command 'Join'/.test(await attention(without)))
  await without.reactions.sendLater(add('other'), new Date(1_000))
  await until('the other is sent', async () => (await timers(without)).length === 1)
  assert.deepEqual(await timers(without), ['command/join'])
  await without.close()
  const again = await start(t, store, { use: [purse, member] })
  await until('sent', async () => (await timers(again)).length === 0)
  assert.deepEqual(await streams(again), ['other', 'm'])
  assert.equal(await attention(again), '')
})

test('RUN-33 a command that was put off and fails is tried seldom, noted once for each reason, and told by health', async (t) => {
  let now = Date.parse('2026-01-01T00:00:00Z')
  let tries = 0
  let failure: string | null = 'not yet'
  const shaky = aggregate('shaky', {
    id: 'id',
    events: { Shaken: z.object({}) },
    initial: {},
    evolve: {},
    commands: {
      Shake: {
        input: z.object({ id: z.string() }),
        decide: () => {
          tries++
          if (failure !== null) throw new Error(failure)
          return { type: 'Shaken', data: {} }
        },
      },
    },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, shaky], clock: () => now })
  await app.reactions.sendLater(shaky.commands.Shake({ id: 's' }), new Date(now), 'shake')
  await until('it failed', async () => /command\/shake.*not yet/.test(await attention(app)))
  const asTimePasses = (what: string, holds: () => Promise<boolean> | boolean) =>
    until(what, async () => {
      now += 300_000
      // Whatever is written lets the scheduler look at once.
      await app.execute('Add', { purseId: 'p', amount: 1 })
      return holds()
    })
  const before = tries
  await asTimePasses('it failed again and again', () => tries > before + 3)
  failure = 'nearly'
  await asTimePasses('it failed in another way', async () => /nearly/.test(await attention(app)))
  failure = null
  await asTimePasses('used up', async () => (await timers(app)).length === 0)
  await until('health has nothing to say', async () => (await attention(app)) === '')
  const notes = await app.reactions.notes({ kinds: ['failed'] })
  assert.deepEqual(
    notes.map(({ detail }) => (detail as { error: string }).error.match(/not yet|nearly/)?.[0]),
    ['nearly', 'not yet'],
  )
})

test('RUN-33 a failing command that is called off is forgotten, and one that is replaced is sent at once', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse], clock: () => 1_000 })
  for (const key of ['gone', 'replaced'])
    await app.reactions.sendLater(purse.commands.Explode({ purseId: key }), new Date(0), key)
  await until('both failed', async () => /1 more.*boom/.test(await attention(app)))
  assert.equal(await app.reactions.cancelLater('gone'), true)
  await app.reactions.sendLater(add('replaced'), new Date(0), 'replaced')
  await until('sent', async () => (await streams(app)).includes('replaced'))
  await until('health has nothing to say', async () => (await attention(app)) === '')
})
