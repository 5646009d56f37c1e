import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ReactorContext, reactor } from '../../index.ts'
import { purse, start } from '../ledger.fixture.ts'
import { settled } from './eventually.fixture.ts'

/** Refused by its schema, long after it was sent for whoever does not wait for it. */
const wrong = purse.commands.Add({ purseId: 'copy', amount: -1 })
const right = purse.commands.Add({ purseId: 'copy', amount: 1 })
const later = () => new Promise((resolve) => setTimeout(resolve, 20))

type Handler = (context: ReactorContext) => unknown

/** By purse. All of these forget about a command that fails. */
const forgetting: Record<string, Handler> = {
  'not awaited': ({ execute }) => void execute(wrong),
  'not awaited, and failed before the handler ended': async ({ execute }) => {
    void execute(wrong)
    await later()
  },
  'not awaited with what comes of it': ({ execute }) => void execute(right).then(() => execute(wrong)),
  'only cleaned up after': ({ execute }) => void execute(wrong).finally(() => {}),
  'beside a verdict': ({ execute }) => {
    void execute(wrong)
    return { verdict: 'skip', reason: 'not for us' }
  },
}

/** And these do not. */
const careful: Record<string, Handler> = {
  caught: ({ execute }) => void execute(wrong).catch(() => {}),
  'tried and caught': async ({ execute }) => {
    const sent = execute(wrong)
    await later()
    try {
      await sent
    } catch {
      await execute(right)
    }
  },
  'all settled': ({ execute }) => Promise.allSettled([execute(wrong), execute(right)]).then(() => {}),
  'raced and lost': ({ execute }) => Promise.race([Promise.resolve(), execute(wrong)]),
  'forgotten and fine': ({ execute }) => void execute(right),
}

const sending = (handlers: Record<string, Handler>) =>
  reactor('sending', {
    from: [purse],
    on: { MoneyAdded: ({ streamId }, context) => handlers[streamId]?.(context) as undefined },
    retry: { attempts: 1 },
  })

test('RUN-4 a command that a handler did not wait for fails its event when it fails', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse, sending(forgetting)] })
  for (const purseId of Object.keys(forgetting)) await app.execute('Add', { purseId, amount: 1 })
  await settled(app, 'sending')
  const letters = (await app.reactions.deadLetters()).items
  assert.deepEqual(
    letters.map(({ lane, state, error }) => `${lane}: ${state}: ${error}`).sort(),
    Object.keys(forgetting)
      .map((purseId) => `purse/${purseId}: parked: The input of Add is not valid.`)
      .sort(),
  )
})

test('a command whose failure its handler looked after fails nothing, and one that was forgotten is waited for', async (t) => {
  const app = await start(t, 'sqlite::memory:', { use: [purse, sending(careful)] })
  for (const purseId of Object.keys(careful)) await app.execute('Add', { purseId, amount: 1 })
  await settled(app, 'sending')
  assert.deepEqual((await app.reactions.deadLetters()).items, [])
  assert.equal((await app.events.stream('purse', 'copy')).length, 3)
})

test('what a handler throws is its error, also beside a command that it forgot', async (t) => {
  const app = await start(t, 'sqlite::memory:', {
    use: [
      purse,
      sending({
        p: ({ execute }) => {
          void execute(wrong)
          throw new Error('of its own')
        },
      }),
    ],
  })
  await app.execute('Add', { purseId: 'p', amount: 1 })
  await settled(app, 'sending')
  assert.deepEqual(
    (await app.reactions.deadLetters()).items.map(({ error }) => error),
    ['of its own'],
  )
})
