import assert from 'node:assert/strict'
import { test } from 'node:test'
import { balances, purse, start } from '../runtime/ledger.fixture.ts'
import { openSqlite } from '../sqlite/index.ts'
import { stillBehind } from './behind.ts'

test('views that nobody feeds are waited for while it is shown how far they are, and named when the time is over', async (t) => {
  const engine = await openSqlite(':memory:')
  const store: typeof engine = { ...engine, close: async () => {} }
  t.after(() => engine.close())
  const looking = await start(t, '', { store, use: [purse, balances], runProjections: false })
  for (let amount = 1; amount <= 3; amount++) await looking.execute('Add', { purseId: 'p', amount })
  assert.deepEqual([...(await stillBehind(looking, 0, { show: () => {} }))], [['balances', 'it is only at position 0 of 3']])
  const shown: string[] = []
  const feeding = Promise.withResolvers<void>()
  const waited = stillBehind(looking, 600_000, {
    show(done, total) {
      shown.push(`${done} of ${total}`)
      feeding.resolve()
    },
  })
  await feeding.promise
  await start(t, '', { store, use: [purse, balances] })
  assert.deepEqual([...(await waited)], [])
  assert.equal(shown[0], '0 of 3')
})
