import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import { commitWatch } from './commit-watch.ts'
import { settingsOf } from './options.ts'
import type { Reader } from './reader.ts'

test('the store is looked at while somebody listens, not afterwards, and at once when somebody does again', async () => {
  mock.timers.enable({ apis: ['setInterval'] })
  let looks = 0
  const read = async () => {
    looks++
    return [['1 0 0']]
  }
  // Behind a pooler nothing is listened to: looking is the only way.
  const settings = settingsOf('postgres://nobody@127.0.0.1:1/none?pgbouncer=true', {})
  const watch = commitWatch(settings, { read, close: async () => {} } as unknown as Reader)
  const settled = () => new Promise((resolve) => setImmediate(resolve))
  let told = 0
  const listen = () => watch.listen(() => void told++)
  const [first, second] = [listen(), listen()]
  await settled()
  assert.deepEqual([looks, told], [1, 2])
  first()
  mock.timers.tick(250)
  await settled()
  assert.equal(looks, 2)
  second()
  mock.timers.tick(10_000)
  await settled()
  assert.deepEqual([looks, told], [2, 2])
  listen()
  await settled()
  assert.deepEqual([looks, told], [3, 3])
  mock.timers.tick(250)
  await settled()
  assert.equal(looks, 4)
  await watch.close()
})
