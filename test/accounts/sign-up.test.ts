import assert from 'node:assert/strict'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { outsideWorld, passwordOf, until } from './running.ts'

test('A sign-up is answered before its mail, however slow mail and CRM are; then all of it follows', async (t) => {
  const { mail, crm, start } = await outsideWorld(t)
  mail.delayMs = 15_000
  crm.delayMs = 15_000
  const { app, signUp, call, logIn } = await start()
  const { status, body } = await signUp('Asha')
  assert.equal(status, 201)
  assert.equal(mail.mails.length + crm.hooks.length, 0)
  mail.delayMs = 0
  crm.delayMs = 0
  assert.deepEqual([body.email, body.name], ['asha@example.com', 'Asha'])
  await until('mail and CRM', () => mail.mails.length === 1 && crm.hooks.length === 1)
  assert.equal(mail.mails[0]?.to, 'asha@example.com')
  assert.match(mail.mails[0]?.messageId ?? '', /^<[0-9a-f]{32}@accounts\.example>$/)
  assert.deepEqual((crm.hooks[0]?.message as { data: object } | undefined)?.data, {
    userId: body.userId,
    email: 'asha@example.com',
    name: 'Asha',
  })
  const [signedUp] = (await app.events.read({ types: ['UserSignedUp'] })).events
  const day = signedUp?.occurredAt.slice(0, 10) ?? ''
  assert.equal((await app.views['sign-ups-per-day'].get(day, { after: body.token }))?.signUps, 1)
  await until('points', async () => (await call('GET', '/profile', undefined, await logIn('Asha'))).body.points === 100)
  assert.equal(crm.refused, 0)
})

test('With mail and CRM down a sign-up succeeds just the same', async (t) => {
  const { mail, crm, start } = await outsideWorld(t)
  mail.down = true
  crm.down = true
  const { signUp, logIn } = await start()
  assert.equal((await signUp('Bela')).status, 201)
  assert.ok(await logIn('Bela'))
})

test('Of sign-ups that race for one e-mail address one wins, however it is written', async (t) => {
  const { mail, folder, start } = await outsideWorld(t)
  const { app, signUp, logIn } = await start()
  const spellings = ['chitra@example.com', 'Chitra@Example.com', ' CHITRA@example.com ']
  const answers = await Promise.all(Array.from({ length: 9 }, (_, n) => signUp('chitra', spellings[n % 3])))
  assert.deepEqual(answers.map(({ status }) => status).sort(), [201, 422, 422, 422, 422, 422, 422, 422, 422])
  for (const { status, body } of answers) if (status === 422) assert.equal(body.code, 'email-taken')
  assert.equal((await signUp('chitra')).body.code, 'email-taken')
  assert.equal((await app.events.read({ types: ['UserSignedUp'] })).events.length, 1)
  assert.ok(await logIn('chitra'))
  await until('one mail', () => mail.mails.length === 1)
  const kept = await readdir(join(folder, 'private/credentials'), { recursive: true, withFileTypes: true })
  assert.equal(kept.filter((entry) => entry.isFile()).length, 1)
})

test('Every wrong field is named, and what was in it is not', async (t) => {
  const { start } = await outsideWorld(t)
  const { call } = await start()
  const { status, body } = await call('POST', '/signup', { email: 'nobody', password: 'short!!', name: ' ' })
  assert.equal(status, 400)
  assert.deepEqual(
    body.errors.map(({ path }: { path: string }) => path),
    ['email', 'password', 'name'],
  )
  assert.doesNotMatch(JSON.stringify(body), /short!!/)
  assert.equal((await call('POST', '/signup')).status, 400)
})

test('Neither password nor hash is in the log, and no e-mail address is in a tag', async (t) => {
  const { folder, start } = await outsideWorld(t)
  const { app, signUp, logIn, close } = await start()
  await signUp('dipu')
  await logIn('dipu')
  const { events } = await app.events.read()
  const [signedUp] = events
  assert.equal(signedUp?.tags.length, 1)
  assert.doesNotMatch(JSON.stringify(events.map(({ tags }) => tags)), /dipu/)
  await close()
  for (const name of await readdir(folder)) {
    if (!name.startsWith('accounts.db')) continue
    const bytes = await readFile(join(folder, name), 'latin1')
    assert.ok(!bytes.includes(passwordOf('dipu')) && !bytes.includes('argon2id'), name)
  }
})

test('More sign-ups than can be hashed are told to come back', async (t) => {
  const { start } = await outsideWorld(t)
  const { signUp } = await start({ atOnce: 1, waiting: 2 })
  let answers: Awaited<ReturnType<typeof signUp>>[] = []
  let crowds = 0
  const refusals = () => answers.filter(({ status }) => status === 503)
  // How many come while one is hashed is up to the machine.
  await until('some are refused', async () => {
    const crowd = ++crowds
    answers = await Promise.all(Array.from({ length: 20 }, (_, n) => signUp(`user${crowd}-${n}`)))
    return refusals().length > 0
  })
  const refused = refusals()
  assert.ok(refused.length < 20)
  assert.ok(answers.every(({ status }) => status === 201 || status === 503))
  for (const { headers, body } of refused) {
    assert.equal(body.code, 'overloaded')
    assert.ok(Number(headers.get('retry-after')) >= 1)
  }
  const again = answers.findIndex(({ status }) => status === 503)
  assert.equal((await signUp(`user${crowds}-${again}`)).status, 201)
})

test('Whoever did not hear the answer asks again with the same key, and gets it; nobody else does', async (t) => {
  const { mail, start } = await outsideWorld(t)
  const { app, signUp, logIn } = await start()
  const first = await signUp('ela', 'ela@example.com', 'key-1')
  const again = await signUp('ela', 'ela@example.com', 'key-1')
  assert.deepEqual([again.status, again.body], [201, first.body])
  assert.equal((await signUp('ela', 'ela@example.com', 'key-2')).body.code, 'email-taken')
  assert.equal((await signUp('ela 2', 'ela@example.com', 'key-1')).body.code, 'idempotency-key-reused')
  assert.equal((await signUp('fay', 'fay@example.com', 'key-1')).status, 201)
  assert.ok(await logIn('ela'))
  assert.equal((await app.events.read({ types: ['UserSignedUp'] })).events.length, 2)
  await until('two mails', () => mail.mails.length === 2)
})
