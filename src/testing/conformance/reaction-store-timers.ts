import assert from 'node:assert/strict'
import { timerOf } from './reactions.ts'
import { done, sample, tally, to, upTo, wholeStream } from './samples.ts'
import type { Promised } from './suite.ts'

/** Promises about timers. */
export function timerConformance(promise: Promised): void {
  promise('REACT-10 timers are given by due time, of one consumer or with one id', async ({ open }) => {
    const engine = await open()
    const other = { consumer: 'schedule/nightly' }
    const timers = [timerOf('d', 400), timerOf('b', 200, other), timerOf('a', 200), timerOf('c', 300), timerOf('e', 100, other)]
    await done(engine, { timers: timers.map((set) => ({ set })) })
    const ids = async (range: { dueBy?: number; consumer?: string; id?: string; limit?: number }) =>
      (await engine.reactions.timers({ limit: 10, ...range })).map(({ id }) => id).join('')
    assert.equal(await ids({}), 'eabcd')
    assert.equal(await ids({ dueBy: 200 }), 'eab')
    assert.equal(await ids({ dueBy: 199 }), 'e')
    assert.equal(await ids({ dueBy: 300, limit: 2 }), 'ea')
    assert.equal(await ids({ consumer: 'schedule/nightly' }), 'eb')
    assert.equal(await ids({ consumer: 'process/transfer', dueBy: 300 }), 'ac')
    assert.equal(await ids({ id: 'c' }), 'c')
    assert.equal(await ids({ id: 'x' }), '')
    assert.deepEqual(await engine.reactions.timers({ id: 'c', limit: 1 }), [timerOf('c', 300)])
  })

  promise('REACT-11 setting a timer that is there moves it', async ({ open }) => {
    const engine = await open()
    await done(engine, { timers: [{ set: timerOf('a', 500) }] })
    const moved = timerOf('a', 100, { body: '{"moved":true}', consumer: 'process/other' })
    await done(engine, { timers: [{ set: moved }] })
    assert.deepEqual(await engine.reactions.timers({ limit: 10 }), [moved])
  })

  promise('REACT-12 a timer is used up by the commit that acts on it, once', async ({ open }) => {
    const engine = await open()
    await done(engine, { timers: [{ set: timerOf('a', 500) }, { set: timerOf('b', 600) }] })
    const fire = (id: string, dueAt: number) =>
      engine.events.commit({ timers: [{ fired: id, dueAt }], appends: [to('transfer/a', null, sample('DeadlineReached'))] })
    assert.equal((await fire('a', 499)).outcome, 'stale')
    assert.equal((await fire('a', 500)).outcome, 'committed')
    assert.equal((await fire('a', 500)).outcome, 'stale')
    await done(engine, { timers: [{ set: timerOf('b', 700) }] })
    assert.equal((await fire('b', 600)).outcome, 'stale')
    assert.equal((await wholeStream(engine, 'transfer/a')).length, 1)
    assert.deepEqual(await engine.reactions.timers({ limit: 10 }), [timerOf('b', 700)])
    // A recurring one is used up and set again in one commit.
    await done(engine, { timers: [{ fired: 'b', dueAt: 700 }, { set: timerOf('b', 800) }] })
    assert.deepEqual(await engine.reactions.timers({ limit: 10 }), [timerOf('b', 800)])
  })

  promise(
    'REACT-13 of many who use up a timer at once one is taken, over several connections too',
    async ({ open, again }) => {
      const first = await open()
      const engines = [first, await again(first)]
      await done(first, { timers: [{ set: timerOf('a', 500) }] })
      const outcomes = await Promise.all(
        upTo(20).map((n) =>
          (engines[n % 2] ?? first).events.commit({
            timers: [{ fired: 'a', dueAt: 500 }],
            appends: [to('transfer/a', null, sample())],
          }),
        ),
      )
      assert.deepEqual(tally(outcomes), { committed: 1, stale: 19 })
      assert.equal((await wholeStream(first, 'transfer/a')).length, 1)
    },
    'reopen',
  )

  promise('REACT-14 a cancelled timer is gone, and cancelling one that is not there does no harm', async ({ open }) => {
    const engine = await open()
    await done(engine, { timers: [{ set: timerOf('a', 500) }] })
    await done(engine, { timers: [{ cancel: 'a' }, { cancel: 'nothing' }] })
    assert.deepEqual(await engine.reactions.timers({ limit: 10 }), [])
    assert.equal((await engine.events.commit({ timers: [{ fired: 'a', dueAt: 500 }] })).outcome, 'stale')
  })
}
