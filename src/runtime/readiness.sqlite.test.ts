/** An app whose store is read but takes no writes is not ready: commands should be sent elsewhere, or later. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anyApp, KhataError, khata } from '../index.ts'
import type { Engine } from '../ports/engine.ts'
import { openSqlite } from '../sqlite/index.ts'
import { purse } from './ledger.fixture.ts'

test('an app is not ready while its newest command failed because the store takes no writes', async (t) => {
  const engine = await openSqlite(':memory:')
  let refused: 'store-full' | 'store-unavailable' | 'overloaded' | null = null
  const check = (): void => {
    if (refused === 'overloaded') throw new KhataError(refused, 'too many commits are waiting', { retryAfterMs: 1 })
    if (refused) throw new KhataError(refused, 'no room', { store: 'it' })
  }
  const store: Engine = {
    ...engine,
    events: {
      ...engine.events,
      commit: async (commit) => {
        check()
        return engine.events.commit(commit)
      },
    },
  }
  let passed = 0
  const app = anyApp(await khata({ store, use: [purse], clock: () => Date.now() + passed }))
  t.after(() => app.close())
  const add = () => app.execute('Add', { purseId: 'p', amount: 1 })
  await add()
  for (const code of ['store-full', 'store-unavailable'] as const) {
    refused = code
    await assert.rejects(add(), { code })
    const full = await app.health()
    assert.equal(full.ready, false)
    assert.match(full.attention.join(), /takes no writes: no room/)
    refused = null
    await add()
    assert.deepEqual([(await app.health()).ready, (await app.health()).attention], [true, []])
  }
  refused = 'overloaded'
  await assert.rejects(add(), { code: 'overloaded' })
  assert.equal((await app.health()).ready, true, 'it takes writes, only not so many')
  refused = 'store-full'
  await assert.rejects(add(), { code: 'store-full' })
  assert.equal((await app.health()).ready, false)
  // Nobody sends anything now.
  passed += 60_000
  assert.equal((await app.health()).ready, true)
})
