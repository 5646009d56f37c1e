import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AnyApp, process, type RecordedEvent, schedule } from '../../index.ts'
import { folder, purse, start } from '../ledger.fixture.ts'
import { settled, until } from './eventually.fixture.ts'
import { moving, till, transfer } from './transfer.fixture.ts'

const use = [purse, till, transfer, moving()] as const

async function ready(app: AnyApp): Promise<void> {
  await app.execute('Add', { purseId: 'from', amount: 100 })
  await app.execute('OpenTill', { tillId: 'open' })
}

const balances = async (app: AnyApp) => [
  ((await app.loadByName('purse', 'from')).state as { balance: number }).balance,
  ((await app.loadByName('till', 'open')).state as { balance: number }).balance,
]

const endings = async (app: AnyApp) =>
  (await app.events.match([{ types: ['TransferEnded'] }]))
    .map(({ streamId, data }) => `${streamId} ${(data as { result: string }).result}`)
    .sort()

test('RUN-20 a process sends its commands in order, and undoes what a rejection leaves half done', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use })
  await ready(app)
  await app.execute('StartTransfer', { transferId: 't1', from: 'from', to: 'open', amount: 30 })
  await app.execute('StartTransfer', { transferId: 't2', from: 'from', to: 'closed', amount: 30 })
  await app.execute('StartTransfer', { transferId: 't3', from: 'from', to: 'open', amount: 300 })
  await settled(app, 'moving')
  assert.deepEqual(await endings(app), ['t1 completed', 't2 failed', 't3 failed'])
  assert.deepEqual(await balances(app), [70, 30])
  const steps = await app.events.stream('moving', 't2')
  assert.deepEqual(
    steps.map(({ data }) => (data as { on: { kind: string } }).on.kind),
    ['event', 'rejected', 'event'],
  )
  const tree = await app.events.trace(steps[0]?.id as string)
  assert.equal(tree.name, 'StartTransfer')
  const started = tree.children[0]
  const reaction = started?.children[0]
  assert.deepEqual([reaction?.kind, reaction?.name, reaction?.outcome], ['reaction', 'process/moving', 'done'])
  const step = reaction?.children[0]?.children[0]
  assert.equal(step?.name, 'Stepped')
  assert.deepEqual(
    step?.children[0]?.notes?.map(({ kind }) => kind),
    ['rejected'],
  )
  assert.deepEqual(
    step?.children[0]?.children.map(({ name }) => name),
    ['Take', 'moving rejected'],
  )
})

test('RUN-21 a process survives being stopped anywhere, and each command takes effect once', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const setup = await start(t, store, { use, runReactions: false })
  await ready(setup)
  await setup.close()
  for (let round = 0; round < 12; round++) {
    const app = await start(t, store, { use })
    await app.execute('StartTransfer', { transferId: `t${round}`, from: 'from', to: round % 3 ? 'open' : 'closed', amount: 5 })
    for (let n = 0; n < round % 5; n++) await new Promise((resolve) => setImmediate(resolve))
    await app.close()
  }
  const app = await start(t, store, { use })
  await settled(app, 'moving')
  assert.equal((await endings(app)).length, 12)
  assert.deepEqual(await balances(app), [60, 40])
})

test('RUN-22 a deadline comes when it is due, and not when the process is over', async (t) => {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const waiting = process('waiting', {
    from: [purse],
    initial: { paid: false },
    correlate: (event) => event.streamId,
    on: {
      PurseOpened: () => ({ deadline: { overdue: { afterMs: 60_000 } } }),
      MoneyAdded: () => ({ state: { paid: true }, complete: true }),
    },
    deadlines: { overdue: (_, { id }) => ({ send: purse.commands.Add({ purseId: `reminder-${id}`, amount: 1 }) }) },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, waiting], clock: () => now })
  for (const purseId of ['late', 'paid']) await app.execute('OpenPurse', { purseId })
  await app.execute('Add', { purseId: 'paid', amount: 5 })
  await settled(app, 'waiting')
  assert.equal((await app.engine.reactions.timers({ limit: 10 })).length, 1)
  now += 59_000
  await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal((await app.events.stream('purse', 'reminder-late')).length, 0)
  now += 1_000
  await app.execute('Add', { purseId: 'somebody', amount: 1 })
  await until('reminded', async () => (await app.events.stream('purse', 'reminder-late')).length === 1)
  assert.equal((await app.events.stream('purse', 'reminder-paid')).length, 0)
  assert.equal((await app.engine.reactions.timers({ limit: 10 })).length, 0)
})

test('RUN-22 a deadline that was cancelled or moved in time stays away, however late the process hears of it', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  let now = Date.parse('2026-01-01T00:00:00Z')
  const [cancels, moves, leaves] = [1, 2, 3]
  const asked: string[] = []
  const waiting = process('waiting', {
    from: [purse],
    initial: { sum: 0 },
    correlate: (event) => event.streamId,
    on: {
      PurseOpened: () => ({ deadline: { overdue: { afterMs: 60_000 } } }),
      MoneyAdded: ({ sum }, { data: { amount } }) => ({
        state: { sum: sum + amount },
        ...(amount === cancels ? { deadline: { overdue: null } } : {}),
        ...(amount === moves ? { deadline: { overdue: { at: new Date('2026-01-02T00:00:00Z') } } } : {}),
        ...(amount === leaves ? { deadline: { other: { afterMs: 1_000_000_000 } } } : {}),
      }),
    },
    deadlines: {
      overdue: (_, { id }) => {
        asked.push(id)
        return { send: purse.commands.Add({ purseId: `reminder-${id}`, amount: 9 }) }
      },
      other: () => null,
    },
    retry: { attempts: 1 },
  })
  const options = { use: [purse, waiting], clock: () => now }
  const purses = ['cancelled', 'moved', 'left', 'again']
  const before = await start(t, store, options)
  for (const purseId of purses) await before.execute('OpenPurse', { purseId })
  await settled(before, 'waiting')
  await before.reactions.pause('waiting')
  await before.close()

  const app = await start(t, store, options)
  await app.execute('Add', { purseId: 'cancelled', amount: cancels })
  await app.execute('Add', { purseId: 'moved', amount: moves })
  // More steps than are read at once, and none of them is about this deadline.
  for (let n = 0; n < 30; n++) await app.execute('Add', { purseId: 'left', amount: leaves })
  for (const amount of [cancels, moves, cancels, moves]) await app.execute('Add', { purseId: 'again', amount })
  now += 60_000
  const reached = async (id: string) =>
    (await app.events.stream('waiting', id)).filter(({ type }) => type === 'DeadlineReached')
  for (const id of purses) await until(`${id} reached`, async () => (await reached(id)).length === 1)
  await app.reactions.resume('waiting')
  const reminded = async () =>
    (await app.events.match([{ types: ['MoneyAdded'] }]))
      .filter(({ streamId }) => streamId.startsWith('reminder-'))
      .map(({ streamId }) => streamId)
  await until('caught up', async () => (await app.reactions.status('waiting')).state === 'running')
  await settled(app, 'waiting')
  assert.deepEqual(await reminded(), ['reminder-left'])
  now = Date.parse('2026-01-02T00:00:00Z')
  for (const id of ['moved', 'again']) await until(`${id} came`, async () => (await reminded()).includes(`reminder-${id}`))
  assert.equal((await reminded()).length, 3)

  // A dead letter of a release that did not ask: what a retry would do is nothing.
  const [old] = await reached('cancelled')
  const { id: eventId, position, type: eventType } = old as RecordedEvent
  const times = { parkedAt: now, changedAt: now }
  const failure = { state: 'parked', error: 'no', stack: null, attempts: 1, codeVersion: null, correction: null } as const
  const place = { consumer: 'process/waiting', lane: 'cancelled', position, eventId, eventType }
  const letter = { id: '01890000-0000-7000-8000-000000000000', ...place, ...failure, ...times }
  await app.engine.events.commit({ deadLetters: [{ letter, expected: null }] })
  asked.length = 0
  assert.deepEqual([(await app.reactions.dryRun(letter.id)).ok, asked], [true, []])
})

test('RUN-23 an event of a process that cannot be handled stops its instance only', async (t) => {
  let broken = true
  const fragile = process('fragile', {
    from: [purse],
    initial: { sum: 0 },
    correlate: (event) => event.streamId,
    on: {
      MoneyAdded: ({ sum }, { data, streamId }) => {
        if (broken && streamId === 'bad') throw new Error('no')
        return { state: { sum: sum + data.amount } }
      },
    },
    retry: { attempts: 2, firstDelayMs: 5 },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, fragile] })
  for (const amount of [1, 2, 3]) for (const purseId of ['bad', 'good']) await app.execute('Add', { purseId, amount })
  await until('parked', async () => (await app.reactions.status('fragile')).parked === 1)
  await settled(app, 'fragile')
  const sums = async (id: string) =>
    (await app.events.stream('fragile', id)).map(({ data }) => (data as { state: { sum: number } }).state.sum)
  assert.deepEqual(await sums('good'), [1, 3, 6])
  assert.deepEqual(await sums('bad'), [])
  broken = false
  assert.equal(await app.reactions.retryAll({ consumer: 'fragile' }), 1)
  await until('resumed', async () => (await app.reactions.deadLetters()).items.length === 0)
  assert.deepEqual(await sums('bad'), [1, 3, 6])
})

test('RUN-23 a step that sends what JSON does not carry is not stored: its input waits for another release', async (t) => {
  let broken = true
  const sending = process('sending', {
    from: [purse],
    initial: { sum: 0 },
    correlate: (event) => event.streamId,
    on: {
      PurseOpened: (_, __, { id }) => ({
        state: { sum: 1 },
        send: [
          purse.commands.Add({ purseId: `${id}-a`, amount: 1 }),
          purse.commands.Add({ purseId: `${id}-b`, amount: (broken ? 1n : 1) as number }),
        ],
      }),
    },
    retry: { attempts: 1 },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, sending] })
  await app.execute('OpenPurse', { purseId: 'p' })
  await until('parked', async () => (await app.reactions.status('sending')).parked === 1)
  const [letter] = (await app.reactions.deadLetters()).items
  assert.match(letter?.error ?? '', /sends Add with an input that is not JSON: amount is a bigint/)
  assert.equal(letter?.eventType, 'PurseOpened')
  assert.deepEqual(await app.events.stream('sending', 'p'), [])
  broken = false
  await app.reactions.retryAll({})
  await until('sent', async () => (await app.events.stream('purse', 'p-b')).length === 1)
})

test('RUN-30 a schedule sends its command for each time once, with two processes and across down time', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  let now = Date.parse('2026-01-01T02:59:59Z')
  const nightly = schedule('nightly', {
    cron: '0 3 * * *',
    send: (time) => purse.commands.Add({ purseId: time.toISOString(), amount: 1 }),
  })
  const dropped = schedule('dropped', {
    cron: '0 3 * * *',
    late: 'drop',
    send: (time) => purse.commands.Add({ purseId: `dropped ${time.toISOString()}`, amount: 1 }),
  })
  const options = { use: [purse, nightly, dropped], clock: () => now }
  const sent = async (app: AnyApp) => (await app.events.read({ limit: 100 })).events.map(({ streamId }) => streamId).sort()
  const [one, two] = [await start(t, store, options), await start(t, store, options)]
  await until('timers set', async () => (await one.engine.reactions.timers({ limit: 10 })).length === 2)
  now += 2_000
  await until('both sent', async () => (await sent(one)).length === 2)
  await Promise.all([one.close(), two.close()])
  // Three nights without anybody: the last one counts, once, unless the schedule says that late is too late.
  now = Date.parse('2026-01-04T12:00:00Z')
  const again = await start(t, store, options)
  await until('caught up', async () => (await again.engine.reactions.timers({ limit: 10 })).every(({ dueAt }) => dueAt > now))
  assert.deepEqual(await sent(again), [
    '2026-01-01T03:00:00.000Z',
    '2026-01-04T03:00:00.000Z',
    'dropped 2026-01-01T03:00:00.000Z',
  ])
})
