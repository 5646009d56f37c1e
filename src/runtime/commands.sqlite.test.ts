import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { codeOf, folder, start } from './ledger.fixture.ts'

test('a command answers with the place of its events and no business data', async (t) => {
  const app = await start(t)
  const receipt = await app.execute('OpenPurse', { purseId: 'p1' })
  assert.equal(receipt.stream, 'purse/p1')
  assert.equal(receipt.version, 1)
  assert.equal(receipt.position, 1)
  assert.deepEqual(
    receipt.events.map(({ type }) => type),
    ['PurseOpened'],
  )
  const [event] = await app.events.stream('purse', 'p1')
  assert.equal(event?.id, receipt.events[0]?.id)
  assert.deepEqual(event?.data, { owner: 'nobody' })
  assert.equal(event?.metadata.command, 'OpenPurse')
})

test('a rejection is a value for attempt and thrown by execute', async (t) => {
  const app = await start(t)
  await app.execute('OpenPurse', { purseId: 'p1' })
  const outcome = await app.attempt('Take', { purseId: 'p1', amount: 5 })
  assert.deepEqual(outcome, { rejected: 'insufficient-funds', detail: { balance: 0 } })
  assert.equal(await codeOf(app.execute('Take', { purseId: 'p1', amount: 5 })), 'insufficient-funds')
})

test('of 200 withdrawals at once exactly as many are accepted as there is money', async (t) => {
  const app = await start(t, `sqlite:${join(folder(t), 'a.db')}`)
  await app.execute('Add', { purseId: 'p1', amount: 50 })
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => app.attempt('Take', { purseId: 'p1', amount: 1 })))
  assert.equal(outcomes.filter(({ rejected }) => !rejected).length, 50)
  assert.deepEqual((await app.loadByName('purse', 'p1')).state, { open: false, balance: 0 })
})

test('two processes that withdraw at once never take more than there is', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const [one, two] = [await start(t, store), await start(t, store)]
  await one.execute('Add', { purseId: 'p1', amount: 50 })
  const outcomes = await Promise.all(
    Array.from({ length: 120 }, (_, n) => (n % 2 ? one : two).attempt('Take', { purseId: 'p1', amount: 1 })),
  )
  assert.equal(outcomes.filter(({ rejected }) => !rejected).length, 50)
  assert.equal((await two.events.stream('purse', 'p1', { limit: 1000 })).length, 51)
})

test('a state from memory may not reject: what another process added counts', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const [one, two] = [await start(t, store), await start(t, store)]
  await one.execute('Add', { purseId: 'p1', amount: 5 })
  await two.execute('Add', { purseId: 'p1', amount: 100 })
  assert.equal((await one.attempt('Take', { purseId: 'p1', amount: 60 })).rejected, undefined)
  await two.execute('Take', { purseId: 'p1', amount: 45 })
  await one.execute('Add', { purseId: 'p1', amount: 7 })
  const all = await two.execute('TakeAll', { purseId: 'p1' })
  assert.equal(all.events.length, 1)
})

test('an empty decision writes nothing and says where the stream is', async (t) => {
  const app = await start(t)
  await app.execute('OpenPurse', { purseId: 'p1' })
  const receipt = await app.execute('TakeAll', { purseId: 'p1' })
  assert.deepEqual(receipt.events, [])
  assert.equal(receipt.version, 1)
  assert.equal((await app.events.head()).position, 1)
})

test('events for several streams are stored in one step or not at all', async (t) => {
  const app = await start(t)
  await app.execute('Add', { purseId: 'p1', amount: 10 })
  const receipt = await app.execute('Move', { purseId: 'p1', to: 'p2', amount: 4 })
  assert.deepEqual(receipt.streams, [
    { stream: 'purse/p1', version: 2 },
    { stream: 'purse/p2', version: 1 },
  ])
  assert.deepEqual((await app.loadByName('purse', 'p2')).state, { open: false, balance: 4 })
  assert.equal((await app.attempt('Move', { purseId: 'p1', to: 'p2', amount: 40 })).rejected, 'insufficient-funds')
  assert.equal((await app.events.head()).position, 3)
})

test('a stale expected version is refused, a right one is not', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const [one, two] = [await start(t, store), await start(t, store)]
  await one.execute('Add', { purseId: 'p1', amount: 5 })
  await two.execute('Add', { purseId: 'p1', amount: 5 }, { expectedVersion: 1 })
  // The memory of `one` still says 1: the store decides.
  assert.equal(await codeOf(one.execute('Add', { purseId: 'p1', amount: 5 }, { expectedVersion: 1 })), 'precondition-failed')
  await one.execute('Add', { purseId: 'p1', amount: 5 }, { expectedVersion: 2 })
  assert.equal(await codeOf(one.execute('Add', { purseId: 'p1', amount: 5 }, { expectedVersion: 0 })), 'precondition-failed')
})

test('wrong input names every wrong field and stores nothing', async (t) => {
  const app = await start(t)
  for (const input of [
    null,
    7,
    {},
    { purseId: 1, amount: 'x' },
    { purseId: 'p', amount: -3 },
    { purseId: '', amount: 1 },
    { purseId: 'a\u0000', amount: 1 },
  ]) {
    assert.equal(await codeOf(app.execute('Add', input)), 'validation', JSON.stringify(input))
  }
  await assert.rejects(app.execute('Add', { purseId: 1, amount: 'x' }), (error: { detail: { errors: { path: string }[] } }) => {
    assert.deepEqual(error.detail.errors.map(({ path }) => path).sort(), ['amount', 'purseId'])
    return true
  })
  assert.equal(await codeOf(app.execute('Nope', {})), 'unknown-command')
  assert.equal((await app.events.head()).position, 0)
})

test('a fault in the business code fails its command and nothing else', async (t) => {
  const app = await start(t)
  assert.equal(await codeOf(app.execute('Explode', { purseId: 'p1' })), 'handler-failed')
  assert.equal(await codeOf(app.execute('AddWrong', { purseId: 'p1' })), 'handler-failed')
  assert.equal((await app.execute('Add', { purseId: 'p1', amount: 1 })).version, 1)
})

test('the same id in another Unicode form is the same stream', async (t) => {
  const app = await start(t)
  await app.execute('Add', { purseId: 'caf\u00e9', amount: 1 })
  assert.equal((await app.execute('Add', { purseId: 'cafe\u0301', amount: 1 })).version, 2)
})

test('the policy is asked before anything is decided', async (t) => {
  const app = await start(t, 'sqlite::memory:', {
    authorize: ({ kind, name, user }) => kind !== 'command' || name !== 'Take' || user?.id === 'boss',
  })
  await app.execute('Add', { purseId: 'p1', amount: 5 })
  assert.equal(await codeOf(app.execute('Take', { purseId: 'p1', amount: 1 })), 'unauthenticated')
  assert.equal(await codeOf(app.execute('Take', { purseId: 'p1', amount: 1 }, { user: { id: 'clerk' } })), 'forbidden')
  const receipt = await app.execute('Take', { purseId: 'p1', amount: 1 }, { user: { id: 'boss' } })
  const [event] = await app.events.match([{ types: ['MoneyTaken'] }])
  assert.equal(event?.id, receipt.events[0]?.id)
  assert.equal(event?.metadata.principal, 'boss')
})

test('more commands than the limit are turned away, and closing answers what was accepted', async (t) => {
  const app = await start(t, `sqlite:${join(folder(t), 'a.db')}`, { commandLimit: 10 })
  const sent = Array.from({ length: 30 }, () => codeOf(app.execute('Add', { purseId: 'p1', amount: 1 })))
  const closing = app.close()
  const codes = await Promise.all(sent)
  await closing
  assert.equal(codes.filter((code) => code === 'nothing thrown').length, 10)
  assert.equal(codes.filter((code) => code === 'overloaded').length, 20)
  assert.equal(await codeOf(app.execute('Add', { purseId: 'p1', amount: 1 })), 'closed')
})
