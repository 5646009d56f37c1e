import assert from 'node:assert/strict'
import type { EventQuery } from '../../model/decision.ts'
import type { StreamAppend } from '../../ports/event-store.ts'
import { append, done, nothingTagged, sample, tally, to, upTo, wholeLog } from './samples.ts'
import type { Promised } from './suite.ts'

/** Promises about conditions: boundaries of types, tags and categories, and existence. */
export function boundaryConformance(promise: Promised): void {
  promise(
    'ES-10 a condition fails when an event that matches was appended after its position, and names itself',
    async ({ open }) => {
      const engine = await open()
      await append(engine, 'course/c', sample('CourseDefined', { tags: ['course:c'] }))
      const { last } = await append(engine, 'course/c', sample('CapacityChanged', { tags: ['course:c'] }))
      const attempt = (after: number) =>
        engine.events.commit({
          appends: [to('enrolment/1', null, sample('Enrolled', { tags: ['course:c', 'student:s'] }))],
          conditions: [nothingTagged('student:s', last), nothingTagged('course:c', after)],
        })
      assert.deepEqual(await attempt(last - 1), { outcome: 'conflict', clause: 'moved-on', condition: 1 })
      assert.equal((await attempt(last)).outcome, 'committed')
      assert.deepEqual(await attempt(last), { outcome: 'conflict', clause: 'moved-on', condition: 0 })
      assert.equal((await wholeLog(engine)).length, 3)
    },
  )

  promise('ES-16 a condition after events that are not there fails', async ({ open }) => {
    const engine = await open()
    const { last } = await append(engine, 'course/c', sample('CourseDefined', { tags: ['course:c'] }))
    const attempt = (after: number, ...appends: StreamAppend[]) =>
      engine.events.commit({ appends, conditions: [nothingTagged('course:c', last), nothingTagged('student:s', after)] })
    const lost = { outcome: 'conflict', clause: 'moved-on', condition: 1 }
    assert.deepEqual(await attempt(last + 1, to('enrolment/1', null, sample('Enrolled'))), lost)
    assert.deepEqual(await attempt(last + 1), lost)
    assert.equal((await attempt(last)).outcome, 'committed')
    assert.equal((await wholeLog(engine)).length, 1)
  })

  promise(
    'ES-11 a query matches events of any of its types, with all of its tags, in any of its categories, by any item',
    async ({ open }) => {
      const engine = await open()
      await append(engine, 'shop/1', sample('A', { tags: ['x:1', 'y:1'] }))
      await append(engine, 'bank/1', sample('B', { tags: ['x:1'] }), sample('C'))
      const matches = async (query: EventQuery, after = 0): Promise<boolean> =>
        (await engine.events.commit({ conditions: [{ query, after, clause: 'moved-on' }] })).outcome === 'conflict'
      const expected: [EventQuery, boolean][] = [
        [[{ types: ['A'] }], true],
        [[{ types: ['D'] }], false],
        [[{ types: ['D', 'C'] }], true],
        [[{ tags: ['x:1', 'y:1'] }], true],
        [[{ tags: ['y:1'], types: ['B'] }], false],
        [[{ tags: ['x:1'], types: ['B'] }], true],
        [[{ tags: ['x:1'], types: ['B'], categories: ['shop'] }], false],
        [[{ tags: ['x:1'], categories: ['shop'] }], true],
        [[{ tags: ['x:1', 'z:1'] }], false],
        [[{ categories: ['bank'] }], true],
        [[{ categories: ['none'] }], false],
        [[{ categories: ['shop', 'bank'], types: ['C'] }], true],
        [[{ types: ['D'] }, { tags: ['y:1'] }], true],
        [[{ types: ['D'] }, { tags: ['z:1'] }], false],
        [[{}], true],
        [[], false],
      ]
      for (const [query, match] of expected) assert.equal(await matches(query), match, JSON.stringify(query))
      assert.equal(await matches([{ tags: ['y:1'] }], 1), false)
      assert.equal(await matches([{ tags: ['x:1'] }], 1), true)
      assert.equal(await matches([{}], 3), false)
    },
  )

  promise('ES-12 a condition after position 0 demands that nothing matches at all', async ({ open }) => {
    const engine = await open()
    const register = (user: string) =>
      engine.events.commit({
        appends: [to(`user/${user}`, 0, sample('UserRegistered', { tags: ['email:a@example.org'] }))],
        conditions: [nothingTagged('email:a@example.org')],
      })
    assert.equal((await register('1')).outcome, 'committed')
    assert.deepEqual(await register('2'), { outcome: 'conflict', clause: 'taken', condition: 0 })
  })

  promise('ES-13 of many appends with one boundary exactly one wins, also when they are decided together', async ({ open }) => {
    const engine = await open()
    let after = 0
    for (const round of upTo(10)) {
      const outcomes = await Promise.all(
        upTo(30).map((i) =>
          engine.events.commit({
            appends: [to(`enrolment/${round}-${i}`, 0, sample('Enrolled', { tags: ['course:c', `student:${i}`] }))],
            conditions: [{ query: [{ types: ['Enrolled'], tags: ['course:c'] }], after, clause: 'moved-on' }],
          }),
        ),
      )
      assert.deepEqual(tally(outcomes), { committed: 1, conflict: 29 })
      after = (await engine.events.head()).position
    }
    assert.equal(after, 10)
  })

  promise(
    'ES-14 a boundary loses against plain appends that came first, and never against those that do not match',
    async ({ open }) => {
      const engine = await open()
      for (const round of upTo(20)) {
        const after = (await engine.events.head()).position
        const plain = engine.events.commit({ appends: [to('seat/1', null, sample('SeatTaken', { tags: [`seat:${round}`] }))] })
        const other = engine.events.commit({ appends: [to('seat/2', null, sample('SeatTaken', { tags: ['seat:other'] }))] })
        const guarded = engine.events.commit({
          appends: [to('booking/1', null, sample('Booked'))],
          conditions: [nothingTagged(`seat:${round}`, after)],
        })
        const free = engine.events.commit({
          appends: [to('booking/2', null, sample('Booked'))],
          conditions: [nothingTagged('seat:nobody', after)],
        })
        const [first, , second, third] = await Promise.all([plain, other, guarded, free])
        assert.equal(first.outcome, 'committed')
        assert.equal(third.outcome, 'committed')
        assert.equal(second.outcome, 'conflict')
      }
    },
  )

  promise(
    'ES-15 conditions and expected versions hold together, and a commit may be nothing but conditions',
    async ({ open }) => {
      const engine = await open()
      await append(engine, 'account/a', sample('Opened', { tags: ['owner:o'] }))
      const none = { query: [{ tags: ['owner:p'] }], after: 0, clause: 'taken' } as const
      const made = await done(engine, { appends: [to('account/b', 0, sample())], conditions: [none] })
      assert.deepEqual(made.versions, [1])
      const lost = await engine.events.commit({ appends: [to('account/b', 0, sample())], conditions: [none] })
      assert.deepEqual(lost, { outcome: 'conflict', clause: 'moved-on', append: 0, actual: 1 })
      const asked = await done(engine, { conditions: [none] })
      assert.deepEqual([asked.first, asked.last, asked.versions], [0, 2, []])
    },
  )
}
