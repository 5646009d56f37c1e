import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passwordsOf } from './passwords.ts'

test('A hash fits its password and no other, and is another one each time', async () => {
  const passwords = passwordsOf()
  const [one, two] = [await passwords.hash('correct horse'), await passwords.hash('correct horse')]
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/)
  assert.notEqual(one, two)
  assert.equal(await passwords.verify('correct horse', one), true)
  assert.equal(await passwords.verify('battery staple', one), false)
  assert.equal(await passwords.verify('correct horse', null), false)
  assert.equal(await passwords.verify('correct horse', ''), false)
  // One letter, typed in two ways.
  assert.equal(await passwords.verify('e\u0301te\u0301', await passwords.hash('\u00e9t\u00e9')), true)
})

test('No more are hashed at once, and no more wait, than was said', async () => {
  const passwords = passwordsOf({ atOnce: 1, waiting: 2 })
  const all = await Promise.allSettled(Array.from({ length: 5 }, () => passwords.hash('x')))
  assert.deepEqual(
    all.map(({ status }) => status),
    ['fulfilled', 'fulfilled', 'fulfilled', 'rejected', 'rejected'],
  )
  for (const each of all) if (each.status === 'rejected') assert.equal(each.reason.code, 'overloaded')
  assert.ok(await passwords.hash('x'))
})
