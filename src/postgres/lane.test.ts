import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lane } from './lane.ts'

/** Work that is ended by hand, with its name noted when it starts and ends. */
function noted(log: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const work = async (): Promise<void> => {
    log.push(name)
    await promise
    log.push(`${name} ended`)
  }
  return { work, end: resolve, fail: reject }
}

test('work that shares starts at once, also beside other such work', () => {
  const log: string[] = []
  const { beside } = lane()
  for (const name of ['a', 'b']) beside(noted(log, name).work)
  assert.deepEqual(log, ['a', 'b'])
})

test('work that needs to be alone waits for what was asked for before, and all that is asked for after it waits', async () => {
  const log: string[] = []
  const { beside, alone } = lane()
  const all = ['a', 'b', 'c', 'd', 'e'].map((name) => noted(log, name))
  const running = all.map(({ work }, index) => (index % 2 === 0 ? beside(work) : alone(work)))
  for (const { end } of all.reverse()) end()
  await Promise.all(running)
  assert.deepEqual(
    log,
    ['a', 'b', 'c', 'd', 'e'].flatMap((name) => [name, `${name} ended`]),
  )
})

test('work that fails lets the next start', async () => {
  const log: string[] = []
  const { beside, alone } = lane()
  const a = noted(log, 'a')
  const failing = [beside(a.work), alone(() => Promise.reject(new Error('alone')))]
  const last = beside(async () => log.push('last'))
  a.fail(new Error('beside'))
  assert.deepEqual(
    (await Promise.allSettled(failing)).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  await last
  assert.deepEqual(log, ['a', 'last'])
})
