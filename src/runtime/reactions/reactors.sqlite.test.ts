import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AnyApp, type Part, park, type Receipt, reactor, retryAfter, skip, stop } from '../../index.ts'
import { codeOf, folder, purse, start } from '../ledger.fixture.ts'
import { settled, until } from './eventually.fixture.ts'

const retry = { attempts: 3, firstDelayMs: 10 }

function collecting(
  seen: string[],
  act: (streamId: string, amount: number, attempt: number) => unknown = () => undefined,
): Part {
  return reactor('collect', {
    from: [purse],
    on: {
      MoneyAdded: async ({ streamId, data }, { attempt }) => {
        const said = await act(streamId, data.amount, attempt)
        seen.push(`${streamId}:${data.amount}`)
        return said as undefined
      },
    },
    retry,
    timeoutMs: 200,
  })
}

const inLane = (seen: readonly string[], lane: string) =>
  seen.filter((one) => one.startsWith(`${lane}:`)).map((one) => Number(one.split(':')[1]))

test('RUN-1 a reactor sees each event once, in the order of its stream, and goes on after a restart', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const seen: string[] = []
  const app = await start(t, store, { use: [purse, collecting(seen)] })
  const add = async (on: AnyApp, from: number, to: number) => {
    for (let n = from; n < to; n++)
      await Promise.all(['a', 'b', 'c'].map((purseId) => on.execute('Add', { purseId, amount: n })))
  }
  await add(app, 1, 40)
  await settled(app, 'collect')
  await app.close()
  const again = await start(t, store, { use: [purse, collecting(seen)] })
  await add(again, 40, 60)
  await settled(again, 'collect')
  for (const lane of ['a', 'b', 'c'])
    assert.deepEqual(
      inLane(seen, lane),
      Array.from({ length: 59 }, (_, n) => n + 1),
    )
})

test('RUN-4 a failing event is retried, then parked; its lane waits, the others go on; a retry resumes it in order', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  let down = true
  const seen: string[] = []
  const failing = collecting(seen, (streamId, amount) => {
    if (down && streamId === 'bad' && amount === 2) throw new Error('mail server down')
  })
  const app = await start(t, store, { use: [purse, failing] })
  for (let n = 1; n <= 5; n++) for (const purseId of ['bad', 'good']) await app.execute('Add', { purseId, amount: n })
  await until('parked', async () => (await app.reactions.status('collect')).parked === 1)
  await settled(app, 'collect')
  assert.deepEqual(inLane(seen, 'good'), [1, 2, 3, 4, 5])
  assert.deepEqual(inLane(seen, 'bad'), [1])
  const [letter] = (await app.reactions.deadLetters()).items
  assert.equal(letter?.attempts, 3)
  assert.match(letter?.error ?? '', /mail server down/)
  const whole = await app.reactions.deadLetter(letter?.id as string)
  assert.equal(whole.history.filter(({ kind }) => kind === 'failed').length, 2)
  assert.ok(whole.stack)
  assert.match((await app.health()).attention.join(), /dead letters of reactor\/collect/)
  await app.close()

  // The lane still waits after a restart; what comes meanwhile waits with it.
  const again = await start(t, store, { use: [purse, failing] })
  await again.execute('Add', { purseId: 'bad', amount: 6 })
  await settled(again, 'collect')
  assert.deepEqual(inLane(seen, 'bad'), [1])
  down = false
  await again.reactions.retry(letter?.id as string, { by: 'operator' })
  await until('resumed', async () => (await again.reactions.deadLetters()).items.length === 0)
  await again.execute('Add', { purseId: 'bad', amount: 7 })
  await settled(again, 'collect')
  assert.deepEqual(inLane(seen, 'bad'), [1, 2, 3, 4, 5, 6, 7])
  assert.deepEqual(inLane(seen, 'good'), [1, 2, 3, 4, 5])
  const notes = await again.reactions.notes({ kinds: ['retried'] })
  assert.equal(notes[0]?.principal, 'operator')
  assert.equal(await codeOf(again.reactions.retry(letter?.id as string)), 'unknown-dead-letter')
})

test('RUN-40 a letter can be discarded with a reason, or tried with corrected data that fits the schema', async (t) => {
  const seen: string[] = []
  const app = await start(t, 'sqlite::memory:', {
    use: [purse, collecting(seen, (_, amount) => (amount % 2 ? park('odd') : undefined))],
  })
  for (const amount of [2, 3, 4, 5, 6]) await app.execute('Add', { purseId: 'p', amount })
  await until('parked', async () => (await app.reactions.status('collect')).parked === 1)
  const first = (await app.reactions.deadLetters()).items[0]?.id as string
  assert.equal(await codeOf(app.reactions.retry(first, { data: { amount: 'x' } })), 'validation')
  assert.equal(await codeOf(app.reactions.discard(first, ' ')), 'validation')
  assert.equal((await app.reactions.dryRun(first)).ok, true)
  await app.reactions.discard(first, 'known to be wrong')
  await until('the next is parked', async () => {
    const [letter] = (await app.reactions.deadLetters()).items
    return letter?.state === 'parked' && letter.position === 4
  })
  const second = (await app.reactions.deadLetters()).items[0]?.id as string
  await app.reactions.retry(second, { data: { amount: 50 } })
  await until('resumed', async () => (await app.reactions.deadLetters()).items.length === 0)
  await settled(app, 'collect')
  assert.deepEqual(
    inLane(seen, 'p').filter((amount) => amount % 2 === 0),
    [2, 4, 50, 6],
  )
  assert.deepEqual(
    (await app.events.stream('purse', 'p')).map(({ data }) => (data as { amount: number }).amount),
    [2, 3, 4, 5, 6],
  )
})

test('RUN-40 what a reactor sent before it failed is done, also when its data is corrected', async (t) => {
  const copying = reactor('copying', {
    from: [purse],
    on: {
      MoneyTaken: async ({ data }, { execute }) => {
        await execute(purse.commands.Add({ purseId: 'copy', amount: data.amount }))
        if (data.amount === 2) throw new Error('the partner refuses 2')
        const { repeated } = (await execute(purse.commands.Add({ purseId: 'more', amount: data.amount }))) as Receipt
        assert.equal(repeated, false)
      },
    },
    retry: { attempts: 1 },
  })
  // It is found before the command is decided, or, when another process was faster, by the commit.
  for (const unseen of [0, 1]) {
    const app = await start(t, 'sqlite::memory:', { use: [purse, copying] })
    await app.execute('Add', { purseId: 'p', amount: 5 })
    await app.execute('Take', { purseId: 'p', amount: 2 })
    await until('parked', async () => (await app.reactions.status('copying')).parked === 1)
    const letter = (await app.reactions.deadLetters()).items[0]?.id as string
    const { work } = app.engine
    const receipt = work.receipt.bind(work)
    let lookUps = 0
    work.receipt = async (key) => (lookUps++ < unseen ? null : receipt(key))
    await app.reactions.retry(letter, { data: { amount: 1 } })
    await until('resumed', async () => (await app.reactions.deadLetters()).items.length === 0)
    const balance = async (id: string) => ((await app.loadByName('purse', id)).state as { balance: number }).balance
    assert.deepEqual([await balance('copy'), await balance('more')], [2, 1])
    await app.close()
  }
})

test('RUN-6 a handler may skip, ask for later, or stop everything until somebody resumes', async (t) => {
  const seen: string[] = []
  let stopped = false
  const app = await start(t, 'sqlite::memory:', {
    use: [
      purse,
      collecting(seen, (_, amount, attempt) => {
        if (amount === 1) return skip('not for us')
        if (amount === 2 && attempt === 1) return retryAfter(5)
        if (amount === 3 && !stopped) {
          stopped = true
          return stop('the other side closed for the night')
        }
      }),
    ],
  })
  for (const amount of [1, 2, 3, 4]) await app.execute('Add', { purseId: 'p', amount })
  await until('stopped', async () => (await app.reactions.status('collect')).state === 'stopped')
  assert.match((await app.reactions.status('collect')).reason ?? '', /for the night/)
  await app.reactions.resume('collect')
  await settled(app, 'collect')
  assert.equal(inLane(seen, 'p').at(-1), 4)
  assert.equal((await app.reactions.notes({ kinds: ['skipped'] })).length, 1)
})

test('RUN-7 a handler that hangs is aborted, fails, and says whether it ended', async (t) => {
  const seen: string[] = []
  let aborted = 0
  const hanging = reactor('hanging', {
    from: [purse],
    on: {
      MoneyAdded: (_, { signal }) =>
        new Promise<void>((_resolve, fail) => {
          signal.addEventListener('abort', () => {
            aborted++
            fail(signal.reason as Error)
          })
        }),
    },
    retry: { attempts: 2, firstDelayMs: 5 },
    timeoutMs: 30,
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, hanging, collecting(seen)] })
  await app.execute('Add', { purseId: 'p', amount: 1 })
  await until('parked', async () => (await app.reactions.status('hanging')).parked === 1)
  await settled(app, 'collect')
  assert.equal(aborted, 2)
  assert.match((await app.reactions.deadLetters({ consumer: 'hanging' })).items[0]?.error ?? '', /not done after 30 ms/)
  assert.deepEqual(inLane(seen, 'p'), [1])
})

test('RUN-3 a command that a reactor sends takes effect once, also when the event is handled again', async (t) => {
  let failures = 0
  const points = reactor('points', {
    from: [purse],
    on: {
      PurseOpened: async ({ streamId }, { execute, attempt }) => {
        await execute(purse.commands.Add({ purseId: `points-${streamId}`, amount: 10 }))
        await execute(purse.commands.Add({ purseId: `points-${streamId}`, amount: 5 }))
        if (attempt === 1) {
          failures++
          throw new Error('after the commands')
        }
      },
    },
    retry,
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, points] })
  await app.execute('OpenPurse', { purseId: 'p' })
  await settled(app, 'points')
  assert.equal(failures, 1)
  assert.deepEqual((await app.loadByName('purse', 'points-p')).state, { open: false, balance: 15 })
  await app.reactions.pause('points')
  assert.equal((await app.reactions.status('points')).state, 'paused')
  await until('rewound', async () => (await codeOf(app.reactions.rewind('points', 0))) === 'nothing thrown')
  await app.reactions.resume('points')
  await settled(app, 'points')
  assert.deepEqual((await app.loadByName('purse', 'points-p')).state, { open: false, balance: 15 })
})

test('RUN-8 a new reactor starts from now unless it says otherwise', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const before = await start(t, store, { use: [purse] })
  await before.execute('Add', { purseId: 'p', amount: 1 })
  await before.close()
  const seen = { now: [] as number[], beginning: [] as number[] }
  const from = (where: 'now' | 'beginning') =>
    reactor(`from-${where}`, {
      from: [purse],
      on: {
        MoneyAdded: ({ data }) => {
          seen[where].push(data.amount)
        },
      },
      start: where,
    })
  const app = await start(t, store, { use: [purse, from('now'), from('beginning')] })
  await app.execute('Add', { purseId: 'p', amount: 2 })
  await settled(app, 'from-now')
  await settled(app, 'from-beginning')
  assert.deepEqual(seen, { now: [2], beginning: [1, 2] })
})

test('RUN-8 a new reactor that is paused before its first start begins where it was paused', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const seen: string[] = []
  const use = [purse, collecting(seen)]
  const api = await start(t, store, { use, runReactions: false })
  await api.execute('Add', { purseId: 'p', amount: 1 })
  await api.reactions.pause('collect')
  await api.execute('Add', { purseId: 'p', amount: 2 })
  await api.close()
  const app = await start(t, store, { use })
  await app.execute('Add', { purseId: 'p', amount: 3 })
  assert.equal((await app.reactions.status('collect')).state, 'paused')
  await app.reactions.resume('collect')
  await settled(app, 'collect')
  assert.deepEqual(inLane(seen, 'p'), [2, 3])
})

test('RUN-8 a new reactor that is set to a position before its first start begins there', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const seen: string[] = []
  const use = [purse, collecting(seen)]
  const api = await start(t, store, { use, runReactions: false })
  for (const amount of [1, 2, 3]) await api.execute('Add', { purseId: 'p', amount })
  await api.reactions.rewind('collect', 1)
  await api.close()
  const app = await start(t, store, { use })
  await settled(app, 'collect')
  assert.deepEqual(inLane(seen, 'p'), [2, 3])
})
