import assert from 'node:assert/strict'
import { consumerOf, noteOf } from './reactions.ts'
import { done, sample, tally, to, upTo } from './samples.ts'
import type { Promised } from './suite.ts'

/** Promises about consumers and notes. */
export function consumerConformance(promise: Promised): void {
  promise('REACT-20 consumers are kept by name with their state and why', async ({ open }) => {
    const engine = await open()
    assert.deepEqual(await engine.reactions.consumers(), [])
    const [crm, mail] = [consumerOf('reactor/crm', 'paused', 'the night'), consumerOf('reactor/mail')]
    await done(engine, {
      consumers: [
        { consumer: mail, expected: null },
        { consumer: crm, expected: null },
      ],
    })
    assert.deepEqual(await engine.reactions.consumers(), [crm, mail])
    const stopped = { ...mail, state: 'stopped' as const, reason: 'closed', changedAt: 2_000 }
    await done(engine, { consumers: [{ consumer: stopped, expected: 'running' }] })
    assert.deepEqual(await engine.reactions.consumers(), [crm, stopped])
  })

  promise('REACT-21 a consumer that is not as the caller thinks makes the commit stale', async ({ open }) => {
    const engine = await open()
    const registered = await Promise.all(
      upTo(10).map(() => engine.events.commit({ consumers: [{ consumer: consumerOf('reactor/mail'), expected: null }] })),
    )
    assert.deepEqual(tally(registered), { committed: 1, stale: 9 })
    const paused = consumerOf('reactor/mail', 'paused')
    for (const expected of ['paused', 'stopped', null] as const) {
      const outcome = await engine.events.commit({
        consumers: [{ consumer: paused, expected }],
        appends: [to('order/a', null, sample())],
      })
      assert.equal(outcome.outcome, 'stale', `${expected}`)
    }
    const unknown = await engine.events.commit({ consumers: [{ consumer: consumerOf('reactor/new'), expected: 'running' }] })
    assert.equal(unknown.outcome, 'stale')
    assert.deepEqual(await engine.reactions.consumers(), [consumerOf('reactor/mail')])
    assert.equal((await engine.events.head()).position, 0)
  })

  promise('REACT-30 notes are given by event in order, and without one the newest first', async ({ open }) => {
    const engine = await open()
    const notes = upTo(12).map((n) =>
      noteOf(n % 4 === 3 ? null : `event-${n % 4}`, n < 6 ? 'failed' : 'parked', { at: n, detail: `{"n":${n}}` }),
    )
    // Two commits, as notes of one event come over time.
    await done(engine, { notes: notes.slice(6) })
    await done(engine, { notes: notes.slice(0, 6) })
    await done(engine, { notes: [noteOf('event-1', 'failed', { at: 12, consumer: 'projection/orders' })] })
    const read = async (range: { eventIds?: string[]; kinds?: string[]; consumer?: string; limit?: number }) =>
      (await engine.reactions.notes({ limit: 100, ...range })).map(({ at }) => at)
    assert.deepEqual(await read({ eventIds: ['event-1'] }), [1, 5, 9, 12])
    assert.deepEqual(await read({ eventIds: ['event-1', 'event-2'] }), [1, 2, 5, 6, 9, 10, 12])
    assert.deepEqual(await read({ eventIds: ['event-1', 'event-2'], kinds: ['failed'], limit: 2 }), [1, 2])
    assert.deepEqual(await read({ eventIds: [] }), [])
    assert.deepEqual(await read({ limit: 3 }), [12, 11, 10])
    assert.deepEqual(await read({ kinds: ['failed'], limit: 2 }), [12, 5])
    const consumer = 'reactor/mail'
    assert.deepEqual(await read({ consumer, limit: 2 }), [11, 10])
    assert.deepEqual(await read({ consumer, kinds: ['failed'], limit: 2 }), [5, 4])
    assert.deepEqual(await read({ consumer, eventIds: ['event-1'] }), [1, 5, 9])
    const [first] = await engine.reactions.notes({ eventIds: ['event-1'], limit: 1 })
    assert.deepEqual(first, notes[1])
  })

  promise('REACT-31 a note is never changed', async ({ open }) => {
    const engine = await open()
    const note = noteOf('event-1', 'retried', { principal: 'mina' })
    await done(engine, { notes: [note] })
    await done(engine, { notes: [{ ...note, kind: 'nothing', principal: 'somebody else' }] })
    assert.deepEqual(await engine.reactions.notes({ limit: 10 }), [note])
  })
}
