import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { type AnyApp, type Part, reactor, retryAfter, type Verdict } from '../../index.ts'
import { codeOf, folder, purse, start } from '../ledger.fixture.ts'
import { settled, until } from './eventually.fixture.ts'

const dayMs = 86_400_000

/** Sees the purses of events, and answers what it is told to. */
function asking(seen: string[], say: (streamId: string) => Verdict | undefined): Part {
  return reactor('asking', {
    from: [purse],
    on: {
      MoneyAdded: ({ streamId }) => {
        seen.push(streamId)
        return say(streamId)
      },
    },
    retry: { attempts: 1, firstDelayMs: 1 },
  })
}

const add = (app: AnyApp, purseId: string) => app.execute('Add', { purseId, amount: 1 })
const timers = (app: AnyApp) => app.engine.reactions.timers({ limit: 10 })

test('RUN-6 the time that a handler asked for is waited for, however long and whoever is restarted meanwhile', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const seen: string[] = []
  let isLimited = true
  const use = [purse, asking(seen, (id) => (id === 'p' && isLimited ? retryAfter(30 * dayMs, 'rate limit') : undefined))]
  let now = Date.now()
  const clock = () => now
  for (const later of [0, 29]) {
    now += later * dayMs
    const app = await start(t, store, { use, clock })
    if (later === 0) await add(app, 'p')
    await until('waits', async () => (await app.reactions.status('asking')).retrying === 1)
    for (let n = 0; n < 20; n++) {
      const purseId = `${later}-${n}`
      await add(app, purseId)
      await until('handled', () => seen.includes(purseId))
    }
    assert.equal(seen.filter((id) => id === 'p').length, 1)
    assert.deepEqual(
      (await app.reactions.notes({ kinds: ['failed'] })).map(
        ({ at, detail }) => Date.parse((detail as { dueAt: string }).dueAt) - Date.parse(at),
      ),
      [30 * dayMs],
    )
    await app.close()
  }
  now += 2 * dayMs
  isLimited = false
  const app = await start(t, store, { use, clock })
  await settled(app, 'asking')
  assert.equal(seen.filter((id) => id === 'p').length, 2)
  assert.deepEqual(await timers(app), [])
})

test('somebody who retries or discards what was put off need not wait, and nothing is due afterwards', async (t) => {
  const seen: string[] = []
  let isLimited = true
  const app = await start(t, 'sqlite::memory:', {
    use: [purse, asking(seen, () => (isLimited ? retryAfter(Number.MAX_VALUE) : undefined))],
  })
  for (const purseId of ['retried', 'discarded', 'rewound', 'rewound too']) await add(app, purseId)
  await until('all wait', async () => (await timers(app)).length === 4)
  const letter = async (purseId: string) => {
    const found = (await app.reactions.deadLetters({ lane: `purse/${purseId}` })).items[0]
    return found?.id as string
  }
  await app.reactions.discard(await letter('discarded'), 'no longer wanted')
  await until('discarded', async () => (await timers(app)).length === 3)
  isLimited = false
  await app.reactions.retry(await letter('retried'))
  await until('retried', async () => (await timers(app)).length === 2)
  await app.reactions.pause('asking')
  await until('rewound', async () => (await codeOf(app.reactions.rewind('asking', 0))) === 'nothing thrown')
  assert.deepEqual(await timers(app), [])
  await app.reactions.resume('asking')
  await settled(app, 'asking')
  assert.equal(seen.length, 4 + 1 + 4)
})

test('a verdict that somebody made with a time that is none fails its event', async (t) => {
  const made = { verdict: 'retry-after', ms: Number.NaN, reason: 'made by hand' } as const
  const app = await start(t, 'sqlite::memory:', { use: [purse, asking([], () => made)] })
  await add(app, 'p')
  await settled(app, 'asking')
  assert.match((await app.reactions.deadLetters()).items[0]?.error ?? '', /number of ms, not NaN/)
})

test('a wait for a view that is no number is refused, not waited for', async (t) => {
  const app = await start(t)
  for (const waitMs of [Number.NaN, 'soon' as never]) {
    assert.equal(await codeOf(app.projections.caughtUp({ waitMs })), 'usage')
    assert.equal(await codeOf(app.view('balances').get('p', { after: 5, waitMs })), 'usage')
  }
})
