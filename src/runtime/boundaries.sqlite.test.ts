import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { openSqlite } from '../sqlite/index.ts'
import { codeOf, folder, start } from './ledger.fixture.ts'

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

/** The rules of courses and students, as plainly as they can be said. */
function plainCourses() {
  const seats = new Map<string, number>()
  const enrolled: { courseId: string; studentId: string }[] = []
  return {
    plan: (courseId: string, count: number) => void seats.set(courseId, count),
    enrol(courseId: string, studentId: string): string {
      const taken = enrolled.filter((one) => one.courseId === courseId).length
      if (taken >= (seats.get(courseId) ?? 0)) return 'full'
      if (enrolled.filter((one) => one.studentId === studentId).length >= 3) return 'too-many-courses'
      enrolled.push({ courseId, studentId })
      return 'ok'
    },
  }
}

test('a boundary decides as the plain rules do, whichever process wrote last', async (t) => {
  const store = `sqlite:${join(folder(t), 'a.db')}`
  const apps = [await start(t, store), await start(t, store)] as const
  const plain = plainCourses()
  // A plain sequence that wanders over all: what it is does not matter, that it is the same each time does.
  let dice = 7
  const roll = (sides: number): number => {
    dice = (dice * 48_271) % 2_147_483_647
    return dice % sides
  }
  const told = new Set<string>()
  for (let n = 0; n < 400; n++) {
    const app = apps[roll(2) as 0 | 1]
    const courseId = `c${roll(6)}`
    if (roll(5) === 0) {
      const seats = roll(12)
      await app.execute('Plan', { courseId, seats })
      plain.plan(courseId, seats)
      continue
    }
    const studentId = `s${roll(12)}`
    const { rejected = 'ok' } = await app.attempt('Enrol', { courseId, studentId })
    assert.equal(rejected, plain.enrol(courseId, studentId), `step ${n}`)
    told.add(rejected)
  }
  assert.deepEqual([...told].sort(), ['full', 'ok', 'too-many-courses'])
})

test('a pair that was never asked for is decided without a read when both its sides are in memory', async (t) => {
  const engine = await openSqlite(':memory:')
  let reads = 0
  const events = new Proxy(engine.events, {
    get: (target, name) => {
      const value = Reflect.get(target, name)
      if (name !== 'readLog') return value
      return (range: { readonly query?: unknown }) => {
        if (range.query) reads++
        return Reflect.apply(value as never, target, [range])
      }
    },
  })
  const app = await start(
    t,
    new Proxy(engine, { get: (of, name) => (name === 'events' ? events : Reflect.get(of, name)) }) as never,
  )
  for (const courseId of ['c1', 'c2']) await app.execute('Plan', { courseId, seats: 9 })
  await app.execute('Enrol', { courseId: 'c1', studentId: 'a' })
  await app.execute('Enrol', { courseId: 'c2', studentId: 'b' })
  const before = reads
  assert.ok(before > 0)
  await app.execute('Enrol', { courseId: 'c2', studentId: 'a' })
  await app.execute('Enrol', { courseId: 'c1', studentId: 'b' })
  assert.equal(reads, before)
})

test('a boundary with more events than memory holds of one decides rightly', async (t) => {
  const app = await start(t)
  await app.execute('Plan', { courseId: 'c', seats: 1_010 })
  for (let n = 0; n < 1_010; n++) await app.execute('Enrol', { courseId: 'c', studentId: `s${n}` })
  assert.equal((await app.attempt('Enrol', { courseId: 'c', studentId: 'late' })).rejected, 'full')
  await app.execute('Plan', { courseId: 'c', seats: 1_011 })
  await app.execute('Enrol', { courseId: 'c', studentId: 'late' })
  assert.equal((await app.attempt('Enrol', { courseId: 'c', studentId: 'later' })).rejected, 'full')
})

test('a command of a boundary that asks for a version is refused, because a boundary has none', async (t) => {
  const app = await start(t)
  await app.execute('Plan', { courseId: 'c', seats: 9 })
  const enrol = (expectedVersion: number) => app.execute('Enrol', { courseId: 'c', studentId: 's' }, { expectedVersion })
  for (const version of [0, 1]) assert.equal(await codeOf(enrol(version)), 'validation')
  assert.equal((await app.events.head()).position, 1)
})
