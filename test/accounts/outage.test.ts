import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outsideWorld, until } from './running.ts'

const names = (first: string) => Array.from({ length: 12 }, (_, n) => `${first}${n}`)

test('Mail down for a while: back-off, dead letters that say why, and after a retry one mail for each user', async (t) => {
  const { mail, start } = await outsideWorld(t)
  const before = await start()
  for (const name of names('before')) await before.signUp(name)
  await until('mails', () => mail.mails.length === 12)

  mail.down = true
  for (const name of names('during')) await before.signUp(name)
  await until('all parked', async () => (await before.app.reactions.status('welcome-mail')).parked === 12)
  const { items } = await before.app.reactions.deadLetters({ consumer: 'welcome-mail' })
  for (const { error, attempts } of items) {
    assert.match(error, /down for maintenance/)
    assert.equal(attempts, 3)
  }
  await before.close()

  // Back again, with another process; those who were affected wait until somebody says so.
  mail.down = false
  const after = await start()
  for (const name of names('after')) await after.signUp(name)
  await until('mails go on', () => mail.mails.length === 24)
  assert.equal(await after.app.reactions.retryAll({ consumer: 'welcome-mail' }, { perSecond: 100 }), 12)
  await until('no letters left', async () => (await after.app.reactions.deadLetters()).items.length === 0)
  assert.deepEqual(
    mail.mails.map(({ to }) => to).sort(),
    [...[...names('after'), ...names('before'), ...names('during')].map((name) => `${name}@example.com`)].sort(),
  )
  assert.equal(new Set(mail.mails.map(({ messageId }) => messageId)).size, 36)
})

test('A mail that comes back before the retries are used up needs nobody', async (t) => {
  const { mail, start } = await outsideWorld(t, { attempts: 10_000, firstDelayMs: 20, maxDelayMs: 50 })
  const { app, signUp } = await start()
  mail.down = true
  await signUp('esha')
  await until('retrying', async () => (await app.reactions.status('welcome-mail')).retrying === 1)
  mail.down = false
  await until('sent', () => mail.mails.length === 1)
  await until('over', async () => (await app.reactions.deadLetters()).items.length === 0)
})

test('CRM down: what a user did reaches it in order, and other users are not held up', async (t) => {
  const { crm, mail, start } = await outsideWorld(t)
  const { app, signUp, logIn, call } = await start()
  crm.down = true
  await signUp('farid')
  const token = await logIn('farid')
  for (const name of ['Farid A', 'Farid B', 'Farid C']) await call('PATCH', '/profile', { name }, token)
  await until('parked', async () => (await app.reactions.status('crm')).parked === 1)
  assert.match((await app.reactions.deadLetters({ consumer: 'crm' })).items[0]?.error ?? '', /503/)
  crm.down = false
  await signUp('gita')
  await until('gita', () => crm.hooks.length === 1)
  await until('a mail for each', () => mail.mails.length === 2)
  await app.reactions.retryAll({ consumer: 'crm' })
  await until('farid', () => crm.hooks.length === 5)
  assert.deepEqual(
    crm.hooks.map(({ message }) => (message as { data: { name: string } }).data.name),
    ['gita', 'farid', 'Farid A', 'Farid B', 'Farid C'],
  )
})
