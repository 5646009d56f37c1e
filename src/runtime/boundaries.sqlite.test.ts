import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { folder, start } from './ledger.fixture.ts'

test('a boundary keeps a rule over several streams, also between processes', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const apps = [await start(t, store), await start(t, store)] as const
  await apps[0].execute('Plan', { courseId: 'c1', seats: 10 })
  const outcomes = await Promise.all(
    Array.from({ length: 60 }, (_, n) => apps[(n % 2) as 0 | 1].attempt('Enrol', { courseId: 'c1', studentId: `s${n}` })),
  )
  assert.equal(outcomes.filter(({ rejected }) => !rejected).length, 10)
  assert.ok(outcomes.every(({ rejected }) => !rejected || rejected === 'full'))
  assert.equal((await apps[0].events.match([{ tags: ['course:c1'], types: ['Enrolled'] }])).length, 10)
})

test('a boundary sees each of its sides', async (t) => {
  const app = await start(t)
  for (let n = 0; n < 5; n++) await app.execute('Plan', { courseId: `c${n}`, seats: 5 })
  const outcomes = []
  for (let n = 0; n < 5; n++) outcomes.push(await app.attempt('Enrol', { courseId: `c${n}`, studentId: 's' }))
  assert.deepEqual(
    outcomes.map(({ rejected }) => rejected ?? 'ok'),
    ['ok', 'ok', 'ok', 'too-many-courses', 'too-many-courses'],
  )
})

test('a boundary in memory notices what came from elsewhere', async (t) => {
  const app = await start(t)
  await app.execute('Plan', { courseId: 'c1', seats: 1 })
  assert.equal((await app.attempt('Enrol', { courseId: 'c1', studentId: 'a' })).rejected, undefined)
  assert.equal((await app.attempt('Enrol', { courseId: 'c1', studentId: 'b' })).rejected, 'full')
  await app.execute('Plan', { courseId: 'c1', seats: 2 })
  assert.equal((await app.attempt('Enrol', { courseId: 'c1', studentId: 'b' })).rejected, undefined)
})

test('what must not exist twice is refused with its code, however many ask at once', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const apps = [await start(t, store), await start(t, store)] as const
  const outcomes = await Promise.all(
    Array.from({ length: 40 }, (_, n) => apps[(n % 2) as 0 | 1].attempt('Join', { memberId: `m${n}`, name: 'rahim' })),
  )
  assert.equal(outcomes.filter(({ rejected }) => !rejected).length, 1)
  assert.ok(outcomes.every(({ rejected }) => !rejected || rejected === 'name-taken'))
})
