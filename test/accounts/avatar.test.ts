import assert from 'node:assert/strict'
import { test } from 'node:test'
import { avatarLimitBytes } from '../../examples/accounts/avatar.ts'
import { outsideWorld } from './running.ts'

const png = Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), Buffer.alloc(40, 7)])
const jpeg = Buffer.concat([Buffer.from('\xff\xd8\xff\xe0', 'latin1'), Buffer.alloc(40, 7)])
const webp = Buffer.concat([Buffer.from('RIFF\x20\0\0\0WEBPVP8 ', 'latin1'), Buffer.alloc(40, 7)])

test('A picture is kept and given back as what it is', async (t) => {
  const { start } = await outsideWorld(t)
  const { app, signUp, logIn, call } = await start()
  await signUp('mina')
  const token = await logIn('mina')
  for (const [type, picture] of [
    ['image/png', png],
    ['image/jpeg', jpeg],
    ['image/webp', webp],
  ] as const) {
    const { status, body } = await call('PUT', '/profile/avatar', picture, token, type)
    assert.equal(status, 200)
    const shown = await call('GET', body.avatar)
    assert.equal(shown.headers.get('content-type'), type)
    assert.equal(shown.headers.get('x-content-type-options'), 'nosniff')
  }
  assert.equal((await call('PUT', '/profile/avatar', webp, token, 'image/webp')).status, 200)
  assert.equal((await app.events.read({ types: ['AvatarChanged'] })).events.length, 3)
})

test('What is too large, of another type, or not what it says is refused', async (t) => {
  const { start } = await outsideWorld(t)
  const { signUp, logIn, call } = await start()
  await signUp('nur')
  const token = await logIn('nur')
  const put = async (picture: Buffer<ArrayBuffer>, type: string) =>
    (await call('PUT', '/profile/avatar', picture, token, type)).status
  assert.equal(await put(Buffer.concat([png, Buffer.alloc(avatarLimitBytes)]), 'image/png'), 413)
  assert.equal(await put(Buffer.concat([png, Buffer.alloc(avatarLimitBytes - png.length)]), 'image/png'), 200)
  assert.equal(await put(Buffer.from('<svg onload="alert(1)"/>'), 'image/svg+xml'), 415)
  assert.equal(await put(Buffer.from('<html>'), 'image/png'), 400)
  assert.equal(await put(jpeg, 'image/png'), 400)
  assert.equal(await put(Buffer.alloc(0), 'image/png'), 400)
  assert.equal((await call('PUT', '/profile/avatar', { a: 1 }, token)).status, 400)
  assert.equal((await call('PUT', '/profile/avatar', png, undefined, 'image/png')).status, 401)
  assert.equal((await call('GET', '/avatars/../email.key')).status, 404)
  assert.equal((await call('GET', `/avatars/${'0'.repeat(64)}`)).status, 404)
})
