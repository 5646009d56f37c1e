/** The write lock: who waits for it decides on what was committed before it got it, and a stall has a name. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Commit, NewEvent } from '../ports/event-store.ts'
import { sample } from '../testing/conformance/samples.ts'
import { connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { beginLocked } from './lock.ts'
import { settingsOf } from './options.ts'

const url = await newDatabase()

const event = (tags: readonly string[]): NewEvent => sample('Happened', { tags })

function register(streamId: string, tag: string): Commit {
  return {
    appends: [{ category: 'user', streamId, expected: 0, events: [event([tag])] }],
    conditions: [{ query: [{ tags: [tag] }], after: 0, clause: 'taken' }],
  }
}

/** Waits until some number of the server's processes wait for an advisory lock of this database. */
async function waiting(over: Awaited<ReturnType<typeof connect>>, count: number): Promise<void> {
  for (;;) {
    const [row] = await over.once<[number]>(`SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
      AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
    if ((row?.[0] ?? 0) >= count) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

test('ES-13 of two with one boundary that both began while a third held the lock, one wins', async () => {
  const [a, b] = [await openPostgres(url), await openPostgres(url)]
  const settings = settingsOf(url, {})
  const [holder, looker] = [await connect(settings), await connect(settings)]
  for (let round = 0; round < 10; round++) {
    await beginLocked(holder, settings, 'write')
    const racing = [a, b].map((engine, i) => engine.events.commit(register(`${round}-${i}`, `email:${round}`)))
    await waiting(looker, 2)
    await holder.run('COMMIT')
    const outcomes = (await Promise.all(racing)).map(({ outcome }) => outcome)
    assert.deepEqual(outcomes.toSorted(), ['committed', 'conflict'])
  }
  await Promise.all([holder, looker, a, b].map((one) => one.close()))
})

test('a commit that does not get the lock in time fails and names the process that holds it, and the next one is made', async () => {
  const settings = settingsOf(url, {})
  const holder = await connect(settings)
  await using engine = await openPostgres(url, { timeoutMs: 2_000 })
  await beginLocked(holder, settings, 'write')
  await assert.rejects(engine.events.commit(register('late', 'email:late')), {
    code: 'store-unavailable',
    message: new RegExp(
      `not free within 2000 ms: the server's process ${holder.backend} \\(user \\w+, khata, idle in transaction\\)`,
    ),
  })
  await holder.run('ROLLBACK')
  assert.equal((await engine.events.commit(register('late', 'email:late'))).outcome, 'committed')
  await holder.close()
})

test('a commit that waits for a table that somebody has locked names the table and who it is', async () => {
  const holder = await connect(settingsOf(url, {}))
  await using engine = await openPostgres(url, { timeoutMs: 2_000 })
  await holder.run('BEGIN; LOCK TABLE khata.event IN ACCESS EXCLUSIVE MODE')
  await assert.rejects(engine.events.commit(register('locked', 'email:locked')), {
    code: 'store-unavailable',
    message: new RegExp(
      `khata.event \\(AccessExclusiveLock\\) was not free within 2000 ms: the server's process ${holder.backend} `,
    ),
  })
  await holder.run('ROLLBACK')
  assert.equal((await engine.events.commit(register('locked', 'email:locked'))).outcome, 'committed')
  await holder.close()
})

test('a commit that cannot be sent, and whose lock is not had either, fails without an error that nobody hears', async () => {
  const settings = settingsOf(url, {})
  const holder = await connect(settings)
  await using engine = await openPostgres(url, { timeoutMs: 200 })
  // Only over a connection that is there is a whole transaction sent in one piece.
  await engine.events.commit(register('even', 'email:even'))
  const unheard: unknown[] = []
  const hear = (error: unknown) => void unheard.push(error)
  process.on('unhandledRejection', hear)
  await beginLocked(holder, settings, 'write')
  const [append] = register('odd', 'email:odd').appends ?? []
  const events = append?.events.map((event) => ({ ...event, occurredAt: 1e300 })) ?? []
  await assert.rejects(engine.events.commit({ appends: [{ category: 'user', streamId: 'odd', expected: 0, events }] }))
  await holder.run('ROLLBACK')
  process.off('unhandledRejection', hear)
  assert.deepEqual(unheard, [])
  await holder.close()
})
