/** An app that does not start leaves nothing behind, and one that cannot end in order ends all the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { khata, schedule } from '../index.ts'
import type { Engine } from '../ports/engine.ts'
import { openSqlite } from '../sqlite/index.ts'
import { everything, purse } from './ledger.fixture.ts'

test('an app that does not start leaves nothing running', async () => {
  await using engine = await openSqlite(':memory:')
  const leases: string[] = []
  const store: Engine = {
    ...engine,
    work: {
      ...engine.work,
      lease: (name, owner, ttlMs) => {
        leases.push(name)
        return engine.work.lease(name, owner, ttlMs)
      },
    },
  }
  const wrong = schedule('wrong', { cron: 'not a time', timeZone: 'UTC', send: () => purse.commands.TakeAll({ purseId: 'p' }) })
  await assert.rejects(khata({ store, use: [...everything, wrong] }), { code: 'definition' })
  for (let turn = 0; turn < 50; turn++) await engine.events.head().then(() => new Promise(setImmediate))
  assert.deepEqual(leases, [])
})

test('an app whose store answers no more is closed after its time', async (t) => {
  const engine = await openSqlite(':memory:')
  let asked: (() => void) | null = null
  let closed = false
  const store: Engine = {
    ...engine,
    events: {
      ...engine.events,
      commit: (commit) => {
        asked?.()
        return asked ? new Promise(() => {}) : engine.events.commit(commit)
      },
    },
    close: async () => {
      closed = true
      await engine.close()
    },
  }
  const app = await khata({ store, use: everything })
  const hanging = new Promise<void>((resolve) => {
    asked = resolve
  })
  app.execute('Add', { purseId: 'p', amount: 1 }).catch(() => {})
  await hanging
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const closing = app.close()
  t.mock.timers.tick(15_000)
  await closing
  assert.ok(closed)
})

test('an app tells a store that does not close when its time is over', async (t) => {
  const engine = await openSqlite(':memory:')
  const asked = Promise.withResolvers<void>()
  const store: Engine = {
    ...engine,
    close: async (late) => {
      asked.resolve()
      await new Promise((resolve) => late?.addEventListener('abort', resolve))
      await engine.close()
    },
  }
  const app = await khata({ store, use: everything })
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const closing = app.close()
  await asked.promise
  t.mock.timers.tick(15_000)
  await closing
})
