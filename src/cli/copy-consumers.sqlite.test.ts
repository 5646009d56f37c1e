import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { projection } from '../index.ts'
import type { Commit, Engine } from '../ports/index.ts'
import { purse, start } from '../runtime/ledger.fixture.ts'
import { until } from '../runtime/reactions/eventually.fixture.ts'
import { openSqlite } from '../sqlite/index.ts'
import { letterOf, timerOf } from '../testing/conformance/reactions.ts'
import { givePlaces, placesOf } from './copy-consumers.ts'

/** An engine that keeps what is committed. */
async function memory(): Promise<{ readonly engine: Engine; readonly commits: Commit[] } & AsyncDisposable> {
  const engine = await openSqlite(':memory:')
  const commits: Commit[] = []
  const commit: Engine['events']['commit'] = (given) => {
    commits.push(given)
    return engine.events.commit(given)
  }
  return {
    engine: { ...engine, events: { ...engine.events, commit } },
    commits,
    [Symbol.asyncDispose]: () => engine.close(),
  }
}

test('a lane whose letter is another one than at the last copy has the new one in the copy', async () => {
  await using from = await memory()
  await using to = await memory()
  const first = letterOf('order/a')
  await from.engine.events.commit({ deadLetters: [{ letter: first, expected: null }] })
  await givePlaces(to.engine, await placesOf(from.engine))
  const second = letterOf('order/a', { position: 9, changedAt: first.changedAt + 5 })
  await from.engine.events.commit({ deadLetters: [{ remove: first.id, expected: first.changedAt }] })
  await from.engine.events.commit({ deadLetters: [{ letter: second, expected: null }] })
  await givePlaces(to.engine, await placesOf(from.engine))
  assert.deepEqual(await to.engine.reactions.deadLetters({ limit: 10 }), [second])
})

test('only what differs is written into a copy', async () => {
  await using from = await memory()
  await using to = await memory()
  const letters = ['a', 'b'].map((lane) => letterOf(lane))
  const timers = ['x', 'y'].map((id) => timerOf(id, 1_000))
  await from.engine.events.commit({
    deadLetters: letters.map((letter) => ({ letter, expected: null })),
    timers: timers.map((set) => ({ set })),
  })
  await givePlaces(to.engine, await placesOf(from.engine))
  await givePlaces(to.engine, await placesOf(from.engine))
  assert.equal(to.commits.length, 1)
  const moved = timerOf('y', 2_000)
  await from.engine.events.commit({ timers: [{ set: moved }] })
  await givePlaces(to.engine, await placesOf(from.engine))
  assert.deepEqual(to.commits.slice(1), [
    { consumers: [], checkpoints: [], timers: [{ set: moved }], deadLetters: [], notes: [] },
  ])
})

test('a copy into which somebody else writes at that moment says so', async () => {
  await using from = await memory()
  await using to = await memory()
  await from.engine.events.commit({ deadLetters: [{ letter: letterOf('order/a'), expected: null }] })
  const places = await placesOf(from.engine)
  const commit: Engine['events']['commit'] = async (given) => {
    await to.engine.events.commit({ deadLetters: [{ letter: letterOf('order/a'), expected: null }] })
    return to.engine.events.commit(given)
  }
  const engine = { ...to.engine, events: { ...to.engine.events, commit } }
  await assert.rejects(givePlaces(engine, places), { code: 'conflict', message: /Somebody else wrote into/ })
})

test('an event that was discarded for a document of a view is discarded in the copy too', async (t) => {
  const fragile = projection('fragile', {
    from: [purse],
    document: z.object({ sum: z.int() }),
    key: ({ streamId }) => streamId,
    on: {
      MoneyAdded: (document, { data }) => {
        if (data.amount === 13) throw new Error('thirteen')
        return { sum: (document?.sum ?? 0) + data.amount }
      },
    },
  })
  const use = [purse, fragile]
  const app = await start(t, 'sqlite::memory:', { use })
  for (const amount of [1, 13, 4]) await app.execute('Add', { purseId: 'p', amount })
  await app.projections.caughtUp()
  const [letter] = (await app.reactions.deadLetters()).items
  await app.reactions.discard(letter?.id as string, 'thirteen brings bad luck')
  await until('it is discarded', async () => (await app.reactions.deadLetters()).items.length === 0)
  const to = await openSqlite(':memory:')
  await to.importLog((await app.engine.events.readLog({ after: 0, limit: 10 })).events)
  for (let times = 0; times < 2; times++) await givePlaces(to, await placesOf(app.engine))
  const copy = await start(t, to as never, { use })
  const { token } = await copy.events.head()
  assert.deepEqual(await copy.view('fragile').get('p', { after: token }), { sum: 5 })
  const [note, ...others] = await to.reactions.notes({ limit: 10 })
  assert.deepEqual([note?.kind, others], ['discarded', []])
})
