import assert from 'node:assert/strict'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AnyApp, type Part, process, reactor } from '../../index.ts'
import type { NewEvent } from '../../ports/index.ts'
import { openSqlite } from '../../sqlite/index.ts'
import { sample } from '../../testing/conformance/samples.ts'
import { codeOf, folder, purse, start } from '../ledger.fixture.ts'
import { settled, until } from './eventually.fixture.ts'

/** A reactor that collects amounts, and fails for those it is told to. */
function collecting(seen: string[], fails: (lane: string, amount: number) => boolean = () => false): Part {
  return reactor('collect', {
    from: [purse],
    on: {
      MoneyAdded: ({ streamId, data }) => {
        if (fails(streamId, data.amount)) throw new Error(`no ${data.amount}`)
        seen.push(`${streamId}:${data.amount}`)
      },
    },
    retry: { attempts: 1 },
    start: 'beginning',
  })
}

const add = async (app: AnyApp, ...amounts: number[]): Promise<void> => {
  for (const amount of amounts) await app.execute('Add', { purseId: 'p', amount })
}
const event = (n: number): NewEvent => sample('MoneyAdded', { id: `other-${n}` })
const parked = (app: AnyApp, count: number): Promise<void> =>
  until(`${count} parked`, async () => (await app.reactions.status('collect')).parked === count)

test('RUN-43 a copied store sends nothing until it is adopted, and says so; then it goes on where the original was', async (t) => {
  const place = folder(t)
  const original = `sqlite:${join(place, 'a.db')}`
  const first = await start(t, original, { use: [purse, collecting([])] })
  await add(first, 1)
  await settled(first, 'collect')
  await first.close()
  copyFileSync(join(place, 'a.db'), join(place, 'b.db'))

  const copy = `sqlite:${join(place, 'b.db')}`
  const sent: string[] = []
  const held = await start(t, copy, { use: [purse, collecting(sent)] })
  await add(held, 2)
  await held.reactions.sendLater(purse.commands.Add({ purseId: 'late', amount: 1 }), new Date(0))
  const { state, reason, lag } = await held.reactions.status('collect')
  assert.deepEqual([state, lag], ['idle', 1])
  assert.match(reason ?? '', /waits for khata adopt/)
  assert.match((await held.health()).attention.join(), /run `khata adopt`.*no reactor/)
  assert.equal((await held.health()).ready, true)
  await held.engine.adopt()
  await held.close()
  assert.deepEqual(sent, [])

  const adopted = await start(t, copy, { use: [purse, collecting(sent)] })
  await until('sent later', async () => (await adopted.events.stream('purse', 'late')).length === 1)
  await settled(adopted, 'collect')
  assert.deepEqual(sent.sort(), ['late:1', 'p:2'])
})

test('RUN-41 a consumer that is rewound sees its lane in order again, behind a dead letter too', async (t) => {
  const seen: string[] = []
  let broken = true
  const app = await start(t, 'sqlite::memory:', { use: [purse, collecting(seen, (_, amount) => broken && amount === 2)] })
  await add(app, 1, 2, 3)
  await parked(app, 1)
  assert.equal(await codeOf(app.reactions.rewind('collect', 0)), 'usage')
  await app.reactions.pause('collect', { by: 'mina', reason: 'to send all of it again' })
  assert.equal((await app.reactions.status('collect')).reason, 'to send all of it again')
  broken = false
  await until('rewound', async () => (await codeOf(app.reactions.rewind('collect', 0, { by: 'mina' }))) === 'nothing thrown')
  assert.equal((await app.reactions.status('collect')).parked, 0)
  await app.reactions.resume('collect', { by: 'mina' })
  await settled(app, 'collect')
  assert.deepEqual(seen, ['p:1', 'p:1', 'p:2', 'p:3'])
  const notes = await app.reactions.notes({ kinds: ['paused', 'rewound', 'resumed'] })
  assert.deepEqual(
    notes.map(({ kind, principal }) => `${kind} by ${principal}`),
    ['resumed by mina', 'rewound by mina', 'paused by mina'],
  )
})

test('RUN-5 a lane whose letter is ahead of the checkpoint is not done again from the log', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const before = await start(t, store, { use: [purse, collecting([], (lane, amount) => lane === 'p' && amount === 2)] })
  // So many that the log cannot be read up to the letter before its lane is replayed.
  const many = Array.from({ length: 3_000 }, (_, n) => event(n))
  await before.engine.events.commit({ appends: [{ category: 'purse', streamId: 'others', expected: 0, events: many }] })
  await add(before, 1, 2, 3)
  await parked(before, 1)
  await settled(before, 'collect')
  await before.close()
  // As after a crash: the letter was stored, and the checkpoint was not moved any more.
  const engine = await openSqlite(store.slice('sqlite:'.length))
  const [letter] = await engine.reactions.deadLetters({ limit: 1 })
  assert.ok(letter)
  const retried = { ...letter, state: 'retrying' as const, attempts: 0, changedAt: letter.changedAt + 1 }
  await engine.events.commit({
    checkpoints: [{ consumer: 'reactor/collect', shard: 0, from: 3_003, to: 0 }],
    deadLetters: [{ letter: retried, expected: letter.changedAt }],
  })
  await engine.close()
  const seen: string[] = []
  const app = await start(t, store, { use: [purse, collecting(seen)] })
  await until('all', async () => (await app.reactions.deadLetters()).items.length === 0)
  await settled(app, 'collect')
  assert.deepEqual(
    seen.filter((one) => one.startsWith('p:')),
    ['p:2', 'p:3'],
  )
})

test('RUN-32 timers of a process that this release does not know are left alone, and the others fire', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse] })
  const foreign = Array.from({ length: 400 }, (_, n) => ({
    set: { id: `process/of-another-release/${n}`, consumer: 'process/of-another-release', dueAt: n, body: '{}' },
  }))
  await app.engine.events.commit({ timers: foreign })
  await app.reactions.sendLater(purse.commands.Add({ purseId: 'p', amount: 1 }), new Date(1_000))
  await until('sent', async () => (await app.events.stream('purse', 'p')).length === 1)
  await until('used up', async () => (await app.engine.reactions.timers({ limit: 1_000 })).length === 400)
  assert.equal((await app.reactions.backlog()).timersDue, 400)
})

test('RUN-24 an event that a process cannot even assign to an instance holds up only its own stream', async (t) => {
  let broken = true
  const sums = process('sums', {
    from: [purse],
    initial: { sum: 0 },
    correlate: ({ data, streamId }) => {
      if (broken && data.amount === 13) throw new Error('unlucky')
      return `of-${streamId}`
    },
    on: {
      MoneyAdded: ({ sum }, { data, streamId }) => {
        if (broken && streamId === 'b' && data.amount === 1) throw new Error('not yet')
        return { state: { sum: sum + data.amount } }
      },
    },
    retry: { attempts: 1 },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, sums] })
  for (const [purseId, amount] of [
    ['b', 1],
    ['a', 13],
    ['b', 2],
    ['c', 5],
  ] as const) {
    await app.execute('Add', { purseId, amount })
  }
  const steps = async (id: string) => (await app.events.stream('sums', `of-${id}`)).length
  await until('the others', async () => (await steps('c')) === 1)
  await until('both parked', async () => (await app.reactions.status('sums')).parked === 2)
  // The lane of b is replayed over the event that cannot be assigned.
  const { items } = await app.reactions.deadLetters({ consumer: 'sums', lane: 'of-b' })
  await app.reactions.discard(items[0]?.id as string, 'known', { by: 'mina' })
  await until('b went on', async () => (await steps('b')) === 1)
  await until('one parked', async () => (await app.reactions.status('sums')).parked === 1)
  broken = false
  await app.reactions.retryAll({})
  await until('a', async () => (await steps('a')) === 1)
})

test('RUN-44 what operators see of dead letters is counted by consumer and state, and names are checked', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse, collecting([], () => true)] })
  for (const purseId of ['a', 'b', 'c']) await app.execute('Add', { purseId, amount: 1 })
  await parked(app, 3)
  const { deadLetters } = await app.reactions.backlog()
  assert.deepEqual(
    deadLetters.map(({ consumer, state, count }) => [consumer, state, count]),
    [['reactor/collect', 'parked', 3]],
  )
  const page = await app.reactions.deadLetters({ consumer: 'collect', limit: 2 })
  assert.equal(page.items.length, 2)
  const rest = await app.reactions.deadLetters({ consumer: 'reactor/collect', after: page.next as string, limit: 2 })
  assert.deepEqual([rest.items.length, rest.next], [1, null])
  assert.equal(await codeOf(app.reactions.deadLetters({ consumer: 'nobody' })), 'unknown-consumer')
  assert.deepEqual((await app.reactions.deadLetters({ consumer: 'view/balances_1' })).items, [])
  assert.equal(await codeOf(app.reactions.dryRun('nothing')), 'unknown-dead-letter')
})

test('a trace names no consumer for events from before its beginning, unless it was rewound to them', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const before = await start(t, store, { use: [purse] })
  await add(before, 1)
  await before.close()
  const late = reactor('late', { from: [purse], on: { MoneyAdded: () => undefined } })
  const app = await start(t, store, { use: [purse, late] })
  await add(app, 2)
  await settled(app, 'late')
  const [first, second] = await app.events.stream('purse', 'p')
  const outcomes = async (id: string | undefined) => {
    const { children } = await app.events.trace(id as string)
    return children.flatMap((event) => event.children.map(({ name, outcome }) => `${name} ${outcome}`))
  }
  assert.deepEqual(await outcomes(first?.id), [])
  assert.deepEqual(await outcomes(second?.id), ['reactor/late done'])
  await app.reactions.pause('late')
  await until('rewound', async () => (await codeOf(app.reactions.rewind('late', 0))) === 'nothing thrown')
  assert.deepEqual(await outcomes(first?.id), ['reactor/late waiting'])
  await app.reactions.resume('late')
  await settled(app, 'late')
  assert.deepEqual(await outcomes(first?.id), ['reactor/late done'])
})

test('a dry run of a process says what its handler would throw, and changes nothing', async (t) => {
  let broken = true
  const picky = process('picky', {
    from: [purse],
    initial: { sum: 0 },
    correlate: ({ streamId }) => streamId,
    on: {
      MoneyAdded: ({ sum }, { data }) => {
        if (broken) throw new Error(`not ${data.amount}`)
        return { state: { sum: sum + data.amount } }
      },
    },
    retry: { attempts: 1 },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, picky] })
  await add(app, 7)
  await until('parked', async () => (await app.reactions.status('picky')).parked === 1)
  const [letter] = (await app.reactions.deadLetters()).items
  const id = letter?.id as string
  assert.deepEqual(await app.reactions.dryRun(id), { ok: false, error: 'not 7', event: null })
  broken = false
  assert.equal((await app.reactions.dryRun(id)).ok, true)
  assert.equal((await app.events.stream('picky', 'p')).length, 0)
  assert.equal((await app.reactions.deadLetters()).items[0]?.state, 'parked')
})
