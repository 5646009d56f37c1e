import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { park, projection, reactor, retryAfter, skip, stop, type Verdict } from '../../index.ts'
import { purse, start } from '../ledger.fixture.ts'
import { settled, until } from './eventually.fixture.ts'

/** What no store takes: U+0000 and half a character, here and where a long text is cut off. */
const odd = `a\0b\uD83D${'\u{1F600}'.repeat(5_000)}`
const revoked = Proxy.revocable({}, {})
revoked.revoke()

/** By purse, what is thrown there. */
const thrown: Record<string, () => unknown> = {
  'no prototype': () => Object.assign(Object.create(null), { message: 'from GraphQL' }),
  'a message that throws': () =>
    Object.defineProperty(new Error(), 'message', {
      get() {
        throw new Error('no message')
      },
    }),
  'a stack that is a list': () => Object.assign(new Error('with frames'), { stack: [{}] }),
  'a revoked proxy': () => revoked.proxy,
  'odd text': () => new Error(odd, { cause: new Error(odd) }),
  'nothing at all': () => undefined,
}

const letters = async (app: Awaited<ReturnType<typeof start>>) =>
  (await app.reactions.deadLetters()).items.map(({ lane, error }) => ({ lane: lane.slice(lane.indexOf('/') + 1), error }))

test('RUN-9 whatever a handler throws makes one dead letter, and what was handled is not handled again', async (t) => {
  const seen: string[] = []
  const web = reactor('web', {
    from: [purse],
    on: {
      MoneyAdded: ({ streamId }) => {
        const make = thrown[streamId]
        if (make) throw make()
        seen.push(streamId)
      },
    },
    retry: { attempts: 1 },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, web] })
  for (const purseId of [...Object.keys(thrown), 'good']) await app.execute('Add', { purseId, amount: 1 })
  await settled(app, 'web')
  assert.deepEqual(seen, ['good'])
  const errors = new Map((await letters(app)).map(({ lane, error }) => [lane, error]))
  assert.deepEqual([...errors.keys()].sort(), Object.keys(thrown).sort())
  assert.match(errors.get('no prototype') ?? '', /from GraphQL/)
  assert.match(errors.get('odd text') ?? '', /^a\uFFFDb\uFFFD\u{1F600}+\uFFFD?$/u)
})

test('RUN-9 whatever reason a verdict has is kept, and stops no more than the verdict says', async (t) => {
  const verdicts: Record<string, () => Verdict> = {
    skipped: () => skip(odd),
    parked: () => park(odd),
    'put off': () => retryAfter(3_600_000, odd),
    'not a text': () => park(new Error('meant as a reason') as never),
    stopped: () => stop(odd),
  }
  const web = reactor('web', { from: [purse], on: { MoneyAdded: ({ streamId }) => verdicts[streamId]?.() } })
  const app = await start(t, 'sqlite::memory:', { use: [purse, web] })
  for (const purseId of Object.keys(verdicts)) await app.execute('Add', { purseId, amount: 1 })
  await until('stopped', async () => (await app.reactions.status('web')).state === 'stopped')
  await until('noted', async () => (await letters(app)).length === 3)
  for (const { lane, error } of await letters(app)) assert.match(error, lane === 'not a text' ? /meant as/ : /^a\uFFFDb\uFFFD/)
  assert.match((await app.reactions.status('web')).reason ?? '', /^a\uFFFDb/)
})

test('a document whose handler throws odd text waits, and the others go on', async (t) => {
  const failing = projection('failing', {
    from: [purse],
    document: z.object({ n: z.int() }),
    key: ({ streamId }) => streamId,
    on: {
      MoneyAdded: (document, { streamId }) => {
        const make = thrown[streamId]
        if (make) throw make()
        return { n: (document?.n ?? 0) + 1 }
      },
    },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, failing] })
  for (const purseId of [...Object.keys(thrown), 'good']) await app.execute('Add', { purseId, amount: 1 })
  await app.projections.caughtUp({ waitMs: 60_000 })
  assert.deepEqual(await app.view('failing').get('good'), { n: 1 })
  assert.equal((await letters(app)).length, Object.keys(thrown).length)
})

test('a rebuild that odd text ends has failed, and says why', async (t) => {
  let broken = false
  const failing = projection('failing', {
    from: [purse],
    document: z.object({ n: z.int() }),
    key: ({ streamId }) => streamId,
    on: {
      MoneyAdded: () => {
        if (broken) throw new Error(odd)
        return { n: 1 }
      },
    },
  })
  const app = await start(t, 'sqlite::memory:', { use: [purse, failing] })
  await app.execute('Add', { purseId: 'p', amount: 1 })
  await app.projections.caughtUp({ waitMs: 60_000 })
  broken = true
  await app.projections.rebuild('failing')
  await until('failed', async () => (await app.projections.status('failing')).rebuild?.state === 'failed')
  assert.match((await app.projections.status('failing')).rebuild?.error ?? '', /a\uFFFDb/)
})

test('what operators give as a reason or a name is kept, whatever text it is', async (t) => {
  const web = reactor('web', { from: [purse], on: { MoneyAdded: () => park('no') } })
  const app = await start(t, 'sqlite::memory:', { use: [purse, web] })
  await app.execute('Add', { purseId: 'p', amount: 1 })
  await until('parked', async () => (await app.reactions.status('web')).parked === 1)
  const [letter] = (await app.reactions.deadLetters()).items
  await app.reactions.discard(letter?.id as string, odd, { by: odd })
  await until('discarded', async () => (await letters(app)).length === 0)
  await app.reactions.pause('web', { reason: odd, by: odd })
  assert.match((await app.reactions.status('web')).reason ?? '', /^a\uFFFDb/)
  const notes = await app.reactions.notes({ kinds: ['discard', 'discarded', 'paused'] })
  assert.deepEqual(
    notes.map(({ detail }) => (detail as { reason: string }).reason.slice(0, 4)),
    Array(3).fill('a\uFFFDb\uFFFD'),
  )
  assert.match(notes[0]?.principal ?? '', /^a\uFFFDb/)
})
