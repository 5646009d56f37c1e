import assert from 'node:assert/strict'
import { append, assertGapless, done, sample, samples, tally, to, upTo, wholeLog, wholeStream } from './samples.ts'
import type { Promised } from './suite.ts'

/** Promises about appending: positions, versions, expected versions, atomicity. */
export function appendingConformance(promise: Promised): void {
  promise('ES-1 a commit writes all of its events, to one stream or several, or none', async ({ open }) => {
    const engine = await open()
    await append(engine, 'account/b', sample())
    const both = { appends: [to('account/a', 0, sample('Debited')), to('account/b', 1, sample('Credited'), sample())] }
    const made = await done(engine, both)
    assert.deepEqual([made.first, made.last, made.versions], [2, 4, [1, 3]])

    const refused = [to('account/a', 1, sample('Debited')), to('account/b', 1, sample('Credited'))]
    const outcome = await engine.events.commit({ appends: refused })
    assert.deepEqual(outcome, { outcome: 'conflict', clause: 'moved-on', append: 1, actual: 3 })
    assert.equal((await wholeStream(engine, 'account/a')).length, 1)
    assert.equal((await engine.events.head()).position, 4)
  })

  promise('ES-2 positions are 1, 2, 3, … in commit order, without gaps, whatever is refused in between', async ({ open }) => {
    const engine = await open()
    const outcomes = await Promise.all(
      upTo(300).map((i) =>
        engine.events.commit({ appends: [to(`account/${i % 40}`, i % 3 === 0 ? 7 : null, ...samples(1 + (i % 3)))] }),
      ),
    )
    assert.ok((tally(outcomes)['conflict'] ?? 0) > 50)
    assertGapless(await wholeLog(engine))
    const places = outcomes.flatMap((made) => (made.outcome === 'committed' ? [[made.first, made.last] as const] : []))
    const inOrder = places.toSorted(([a], [b]) => a - b)
    for (const [index, [first]] of inOrder.entries()) assert.equal(first, (inOrder[index - 1]?.[1] ?? 0) + 1)
  })

  promise('ES-3 versions are 1, 2, 3, … in each stream, and categories keep equal ids apart', async ({ open }) => {
    const engine = await open()
    await append(engine, 'account/x', ...samples(2))
    await append(engine, 'order/x', ...samples(1))
    const again = await append(engine, 'account/x', sample())
    assert.deepEqual(again.versions, [3])
    assert.deepEqual(
      (await wholeStream(engine, 'account/x')).map(({ version }) => version),
      [1, 2, 3],
    )
    assert.deepEqual(
      (await wholeStream(engine, 'order/x')).map(({ version }) => version),
      [1],
    )
  })

  promise(
    'ES-4 an expected version is held to, 0 means that there is no stream, and the loser learns the version',
    async ({ open }) => {
      const engine = await open()
      const commit = (expected: number | null) => engine.events.commit({ appends: [to('account/a', expected, sample())] })
      assert.deepEqual(await commit(1), { outcome: 'conflict', clause: 'moved-on', append: 0, actual: 0 })
      assert.equal((await commit(0)).outcome, 'committed')
      assert.deepEqual(await commit(0), { outcome: 'conflict', clause: 'moved-on', append: 0, actual: 1 })
      assert.equal((await commit(1)).outcome, 'committed')
      assert.deepEqual(await commit(1), { outcome: 'conflict', clause: 'moved-on', append: 0, actual: 2 })
      assert.equal((await commit(null)).outcome, 'committed')
      assert.equal((await wholeLog(engine)).length, 3)
    },
  )

  promise('ES-5 a stream can be guarded without being written', async ({ open }) => {
    const engine = await open()
    await append(engine, 'customer/c', sample())
    const guarded = (version: number) =>
      engine.events.commit({ appends: [to('order/o', null, sample()), to('customer/c', version)] })
    const made = await guarded(1)
    assert.deepEqual(made.outcome === 'committed' && made.versions, [1, 1])
    await append(engine, 'customer/c', sample())
    assert.deepEqual(await guarded(1), { outcome: 'conflict', clause: 'moved-on', append: 1, actual: 2 })
    assert.equal((await wholeStream(engine, 'order/o')).length, 1)
  })

  promise('ES-6 of many appends at one version exactly one wins', async ({ open }) => {
    const engine = await open()
    for (const version of upTo(10)) {
      const outcomes = await Promise.all(
        upTo(40).map(() => engine.events.commit({ appends: [to('account/a', version, sample())] })),
      )
      assert.deepEqual(tally(outcomes), { committed: 1, conflict: 39 })
    }
    assertGapless(await wholeLog(engine))
    assert.equal((await engine.events.head()).position, 10)
  })

  promise('ES-7 a commit that is refused or fails does no harm to the others that share its flush', async ({ open }) => {
    const engine = await open()
    const taken = sample()
    await append(engine, 'account/taken', taken)
    const broken = { documents: [{ generation: 'nobody_made_this', documents: [] }] }
    const wrong = {
      documents: [
        {
          generation: 'nobody_made_this',
          documents: [{ id: 'd', body: '{}', fields: [], text: null, position: 1, replaces: 0, revision: 1 }],
        },
      ],
      appends: [to('account/wrong', 0, sample())],
    }
    const good = upTo(60).map((i) => engine.events.commit({ appends: [to(`account/${i}`, 0, sample())] }))
    const bad = upTo(20).map((i) =>
      i % 2 === 0
        ? engine.events.commit({ appends: [to('account/other', 0, taken)] }).then(({ outcome }) => outcome)
        : engine.events.commit(wrong).then(
            () => 'committed',
            () => 'failed',
          ),
    )
    const late = upTo(60).map((i) => engine.events.commit({ appends: [to(`account/${i}`, 1, sample())] }))
    assert.deepEqual(tally(await Promise.all([...good, ...late])), { committed: 120 })
    const others = await Promise.all(bad)
    assert.deepEqual(new Set(others), new Set(['conflict', 'failed']))
    await done(engine, broken)
    assertGapless(await wholeLog(engine))
    assert.equal((await engine.events.head()).position, 121)
  })
}
