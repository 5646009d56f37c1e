import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { projection, reactor } from '../../index.ts'
import { purse } from '../../runtime/ledger.fixture.ts'
import { moving, till, transfer } from '../../runtime/reactions/transfer.fixture.ts'
import type { Mechanism } from './faulty-engine.ts'
import { type Scenario, simulate } from './simulate.ts'

const seeds = 200
const transfers = 8
const opening = 100

/** A document for each stream, so that all shards of the view have some. */
const balances = projection('balances', {
  from: [purse, till],
  document: z.object({ balance: z.int(), events: z.array(z.int()) }),
  key: ({ category, streamId }) => `${category} ${streamId}`,
  on: {
    MoneyAdded: (document, { data, position }) => moved(document, data.amount, position),
    MoneyTaken: (document, { data, position }) => moved(document, -data.amount, position),
    Credited: (document, { data, position }) => moved(document, data.amount, position),
  },
})

function moved(document: { balance: number; events: number[] } | null, by: number, position: number) {
  return { balance: (document?.balance ?? 0) + by, events: [...(document?.events ?? []), position] }
}

const scenario: Scenario = {
  use: (world, number) => [
    purse,
    till,
    transfer,
    moving(),
    reactor('points', {
      from: [purse],
      on: {
        MoneyTaken: async (event, { execute, signal }) => {
          world.effect(number, `${event.streamId} ${event.position}`)
          if (world.random.chance(0.05)) throw new Error('flaky (simulated)')
          await execute(purse.commands.Add({ purseId: 'points', amount: 10 }))
          signal.throwIfAborted()
        },
      },
      retry: { attempts: 50, firstDelayMs: 100, maxDelayMs: 2_000 },
      start: 'beginning',
    }),
    balances,
    projection('sums', {
      from: [purse, till],
      document: z.object({ sum: z.int() }),
      key: () => 'all',
      on: {
        MoneyAdded: (document, { data, streamId }) => ({
          sum: (document?.sum ?? 0) + (streamId === 'points' ? 0 : data.amount),
        }),
        MoneyTaken: (document, { data }) => ({ sum: (document?.sum ?? 0) - data.amount }),
        Credited: (document, { data }) => ({ sum: (document?.sum ?? 0) + data.amount }),
      },
    }),
  ],

  async drive(world) {
    await world.insist((app) => app.execute('Add', { purseId: 'a', amount: opening }, { idempotencyKey: 'a' }))
    await world.insist((app) => app.execute('OpenTill', { tillId: 'open' }, { idempotencyKey: 't' }))
    await Promise.all(
      Array.from({ length: transfers }, async (_, n) => {
        await world.pass(world.random.below(20_000))
        const to = n % 3 === 0 ? 'closed' : 'open'
        const input = { transferId: `t${n}`, from: 'a', to, amount: 5 + n }
        await world.insist((app) => app.attempt('StartTransfer', input, { idempotencyKey: `t${n}` }))
      }),
    )
  },

  async check(world, app) {
    assert.deepEqual(await world.engine.verify(), [])
    const ended = await app.events.match([{ types: ['TransferEnded'] }])
    assert.deepEqual(
      ended.map(({ streamId }) => streamId).sort(),
      Array.from({ length: transfers }, (_, n) => `t${n}`),
    )
    const balance = async (category: string, id: string) =>
      ((await app.loadByName(category, id)).state as { balance: number }).balance
    assert.equal((await balance('purse', 'a')) + (await balance('till', 'open')), opening, 'money is conserved')
    const taken = await app.events.match([{ types: ['MoneyTaken'] }])
    assert.equal(await balance('purse', 'points'), taken.length * 10, 'each command of the reactor took effect once')
    const first = [...new Set(world.effects)]
    assert.equal(first.length, taken.length, 'each event had its effect')
    const positions = first.map((effect) => Number(effect.split(' ')[1]))
    assert.deepEqual(
      positions,
      [...positions].sort((a, b) => a - b),
      'effects came in the order of the stream',
    )
    for (const view of ['sums', 'balances']) assert.deepEqual(await app.projections.verify(view), [])
  },
}

test(`reactors and processes hold what they promise under ${seeds} seeds of faults`, async () => {
  for (let seed = 1; seed <= seeds; seed++) await simulate(seed, scenario)
})

for (const without of ['idempotency', 'fencing', 'versions'] satisfies Mechanism[]) {
  test(`the simulation notices when ${without} is switched off`, async () => {
    for (let seed = 1; seed <= seeds; seed++) {
      try {
        // More pauses than usual: what is switched off matters only when two processes think that they own something.
        await simulate(seed, scenario, { without, faults: { paused: 0.02, delay: 0.1, killed: 0.01 } })
      } catch {
        return
      }
    }
    assert.fail(`${seeds} seeds did not notice`)
  })
}
