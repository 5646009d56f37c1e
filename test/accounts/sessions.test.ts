import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outsideWorld, passwordOf } from './running.ts'

test('A session is refused from the moment it is revoked or logged out, and the others go on', async (t) => {
  const { start } = await outsideWorld(t)
  const { signUp, logIn, call, close } = await start()
  await signUp('hana')
  const [phone, laptop, tablet] = [await logIn('hana'), await logIn('hana'), await logIn('hana')]
  const status = async (token: string) => (await call('GET', '/profile', undefined, token)).status
  const { sessions } = (await call('GET', '/sessions', undefined, phone)).body
  assert.equal(sessions.length, 3)
  const laptops = (await call('GET', '/sessions', undefined, laptop)).body.sessions
  const { sessionId } = laptops.find(({ current }: { current: boolean }) => current)
  assert.equal((await call('DELETE', `/sessions/${sessionId}`, undefined, phone)).status, 204)
  assert.deepEqual([await status(phone), await status(laptop), await status(tablet)], [200, 401, 200])
  assert.equal((await call('POST', '/logout', undefined, tablet)).status, 204)
  assert.equal(await status(tablet), 401)
  assert.equal((await call('GET', '/sessions', undefined, phone)).body.sessions.length, 1)
  const another = await logIn('hana')
  assert.equal((await call('DELETE', '/sessions', undefined, another)).status, 204)
  assert.deepEqual([await status(phone), await status(another)], [401, 200])
  await close()
  const again = await start()
  assert.equal((await again.call('GET', '/profile', undefined, another)).status, 200)
  assert.equal((await again.call('GET', '/profile', undefined, phone)).status, 401)
})

test('Nobody revokes the session of somebody else, or logs in with what the log holds', async (t) => {
  const { start } = await outsideWorld(t)
  const { app, signUp, logIn, call } = await start()
  await signUp('iqbal')
  await signUp('jaya')
  const [iqbal, jaya] = [await logIn('iqbal'), await logIn('jaya')]
  const [{ sessionId }] = (await call('GET', '/sessions', undefined, jaya)).body.sessions
  assert.equal((await call('DELETE', `/sessions/${sessionId}`, undefined, iqbal)).status, 404)
  assert.equal((await call('GET', '/profile', undefined, jaya)).body.name, 'jaya')
  assert.equal((await call('GET', '/profile', undefined, sessionId)).status, 401)
  assert.ok(!JSON.stringify((await app.events.read()).events).includes(jaya))
})

test('A wrong password and an unknown address are one and the same answer', async (t) => {
  const { start } = await outsideWorld(t)
  const { signUp, call } = await start()
  await signUp('kamal')
  const wrong = await call('POST', '/login', { email: 'kamal@example.com', password: 'something else' })
  const unknown = await call('POST', '/login', { email: 'nobody@example.com', password: 'something else' })
  assert.equal(wrong.status, 401)
  assert.deepEqual([unknown.status, unknown.body], [wrong.status, wrong.body])
})

test('A changed password ends all other sessions, and the old one opens nothing', async (t) => {
  const { start } = await outsideWorld(t)
  const { signUp, logIn, call } = await start()
  await signUp('lata')
  const [here, elsewhere] = [await logIn('lata'), await logIn('lata')]
  const change = { current: passwordOf('lata'), next: 'another password' }
  assert.equal((await call('PUT', '/password', { ...change, current: 'a guess' }, here)).status, 403)
  assert.equal((await call('PUT', '/password', change, here)).status, 204)
  assert.equal((await call('GET', '/profile', undefined, here)).status, 200)
  assert.equal((await call('GET', '/profile', undefined, elsewhere)).status, 401)
  const logIns = [change.current, change.next].map((password) =>
    call('POST', '/login', { email: 'lata@example.com', password }),
  )
  assert.deepEqual(
    (await Promise.all(logIns)).map(({ status }) => status),
    [401, 200],
  )
})
