import assert from 'node:assert/strict'
import { test } from 'node:test'
import { reactor } from '../index.ts'
import type { AnyApp } from './app.ts'
import { balances, purse, start } from './ledger.fixture.ts'
import { settled, until } from './reactions/eventually.fixture.ts'
import { restorable } from './restored.fixture.ts'

const add = (app: AnyApp, amount: number) => app.execute('Add', { purseId: 'p', amount })
const noticed = (app: AnyApp) =>
  until('it is noticed', async () => (await app.health()).attention.some((line) => /restored to an earlier state/.test(line)))

test('RUN-46 a reactor does not handle events that a restore took away again, and none that come instead are skipped', async (t) => {
  const handled: number[] = []
  const mail = reactor('mail', {
    from: [purse],
    on: { MoneyAdded: ({ data }) => void handled.push(data.amount) },
  })
  const use = [purse, mail]
  const store = await restorable(t, use, async (app) => {
    await add(app, 1)
    await settled(app, 'mail')
  })
  const app = await start(t, store.engine as never, { use })
  await add(app, 2)
  await settled(app, 'mail')
  store.restore()
  // Its session ends, because the log ends before where it is; the next begins at the checkpoint of the copy.
  await until('it has begun again', () => handled.length > 2 || store.looks() > 1)
  store.look()
  await noticed(app)
  await add(app, 3)
  await app.engine.adopt()
  await settled(app, 'mail')
  assert.deepEqual(handled, [1, 2, 3])
})

test('RUN-46 a view does not fold events that a restore took away, and none that come instead are left out', async (t) => {
  const use = [purse, balances]
  const store = await restorable(t, use, async (app) => {
    await add(app, 1)
    await app.projections.caughtUp()
  })
  const app = await start(t, store.engine as never, { use })
  await add(app, 20)
  await app.projections.caughtUp()
  store.restore()
  const copied = async () => (await app.engine.work.checkpoints('view/balances_1_1')).get(0)
  await until('it has begun again', async () => (await copied()) === 2 || store.looks() > 1)
  store.look()
  await noticed(app)
  await add(app, 300)
  await until('it is up to date', async () => (await app.view('balances').get('p'))?.['balance'] === 301)
  assert.deepEqual(await app.projections.verify('balances'), [])
})
