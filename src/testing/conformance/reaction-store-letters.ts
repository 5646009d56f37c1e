import assert from 'node:assert/strict'
import type { DeadLetter, DeadLetterRange } from '../../ports/reaction-store.ts'
import { letterOf } from './reactions.ts'
import { done, sample, tally, to, upTo } from './samples.ts'
import type { Promised } from './suite.ts'

/** Promises about dead letters. */
export function letterConformance(promise: Promised): void {
  promise('REACT-1 a letter is read as it was written, and as it was changed', async ({ open }) => {
    const engine = await open()
    const bare = letterOf('order/b', { stack: null, codeVersion: null, attempts: 0, error: '' })
    const letter = letterOf('order/a ৳ 100%', { correction: '{"to":"mina@example.org"}' })
    await done(engine, {
      deadLetters: [
        { letter, expected: null },
        { letter: bare, expected: null },
      ],
    })
    const read = (id: string) => engine.reactions.deadLetters({ ids: [id], limit: 10 })
    assert.deepEqual(await read(letter.id), [letter])
    assert.deepEqual(await read(bare.id), [bare])
    const changed: DeadLetter = {
      ...letter,
      position: 9,
      eventId: 'event-9',
      eventType: 'HappenedAgain',
      state: 'retrying',
      error: 'another',
      stack: null,
      attempts: 0,
      codeVersion: 'v2',
      correction: null,
      changedAt: 3_000,
    }
    await done(engine, { deadLetters: [{ letter: changed, expected: letter.changedAt }] })
    assert.deepEqual(await read(letter.id), [changed])
    await done(engine, { deadLetters: [{ letter: { ...changed, parkedAt: 9, changedAt: 4_000 }, expected: 3_000 }] })
    assert.equal((await read(letter.id))[0]?.parkedAt, letter.parkedAt)
  })

  promise('REACT-2 a consumer has at most one letter for a lane', async ({ open }) => {
    const engine = await open()
    await done(engine, { deadLetters: [{ letter: letterOf('order/a'), expected: null }] })
    const second = { letter: letterOf('order/a', { eventId: 'event-8' }), expected: null }
    const outcome = await engine.events.commit({ appends: [to('order/a', null, sample())], deadLetters: [second] })
    assert.equal(outcome.outcome, 'stale')
    assert.equal((await engine.events.head()).position, 0)
    await done(engine, {
      deadLetters: [
        { letter: letterOf('order/b'), expected: null },
        { letter: letterOf('order/a', { consumer: 'reactor/crm' }), expected: null },
      ],
    })
    assert.equal((await engine.reactions.deadLetters({ limit: 10 })).length, 3)
  })

  promise('REACT-3 a change or removal that does not know the last change is stale', async ({ open }) => {
    const engine = await open()
    const letter = letterOf('order/a')
    const changed: DeadLetter = { ...letter, state: 'retrying', changedAt: 3_000 }
    const append = () => to('order/a', null, sample())
    const absent = await engine.events.commit({ deadLetters: [{ letter, expected: 1_999 }], appends: [append()] })
    assert.equal(absent.outcome, 'stale')
    await done(engine, { deadLetters: [{ letter, expected: null }] })
    await done(engine, { deadLetters: [{ letter: changed, expected: 2_000 }] })
    for (const write of [
      { letter: { ...letter, state: 'discarding' as const, changedAt: 4_000 }, expected: 2_000 },
      { remove: letter.id, expected: 2_000 },
      { remove: 'nothing', expected: 2_000 },
    ]) {
      const outcome = await engine.events.commit({ appends: [append()], deadLetters: [write] })
      assert.equal(outcome.outcome, 'stale', JSON.stringify(write))
    }
    assert.deepEqual(await engine.reactions.deadLetters({ limit: 10 }), [changed])
    assert.equal((await engine.events.head()).position, 0)
    await done(engine, { deadLetters: [{ remove: letter.id, expected: 3_000 }] })
    assert.deepEqual(await engine.reactions.deadLetters({ limit: 10 }), [])
    const gone = await engine.events.commit({ deadLetters: [{ letter: changed, expected: 3_000 }] })
    assert.equal(gone.outcome, 'stale')
  })

  promise('REACT-7 a letter is replaced by another one of its lane in one commit', async ({ open }) => {
    const engine = await open()
    const [first, other] = [letterOf('order/a'), letterOf('order/b')]
    await done(engine, {
      deadLetters: [
        { letter: first, expected: null },
        { letter: other, expected: null },
      ],
    })
    const second = letterOf('order/a', { position: 9, changedAt: 5_000 })
    const replacing = (expected: number | null) => [
      { remove: first.id, expected: first.changedAt },
      { letter: second, expected },
    ]
    assert.equal((await engine.events.commit({ deadLetters: replacing(null) })).outcome, 'stale')
    await done(engine, { deadLetters: replacing(first.changedAt) })
    assert.deepEqual(await engine.reactions.deadLetters({ consumer: first.consumer, limit: 10 }), [other, second])
    await done(engine, { deadLetters: [{ remove: second.id, expected: 5_000 }] })
    assert.deepEqual(await engine.reactions.deadLetters({ limit: 10 }), [other])
  })

  promise('REACT-4 of many who change a letter at once one is taken', async ({ open }) => {
    const engine = await open()
    const letter = letterOf('order/a')
    await done(engine, { deadLetters: [{ letter, expected: null }] })
    const outcomes = await Promise.all(
      upTo(30).map((n) =>
        engine.events.commit({
          deadLetters: [
            n % 2 === 0
              ? { letter: { ...letter, state: 'retrying', changedAt: 3_000 + n }, expected: 2_000 }
              : { remove: letter.id, expected: 2_000 },
          ],
        }),
      ),
    )
    assert.deepEqual(tally(outcomes), { committed: 1, stale: 29 })
  })

  promise('REACT-5 letters are found by id, consumer, lane and state, and pages hold every letter once', async ({ open }) => {
    const engine = await open()
    const letters = upTo(25).map((n) =>
      letterOf(`order/${n}`, {
        consumer: n % 5 === 0 ? 'reactor/crm' : 'reactor/mail',
        state: n % 3 === 0 ? 'parked' : 'retrying',
      }),
    )
    await done(engine, { deadLetters: [...letters].reverse().map((letter) => ({ letter, expected: null })) })
    const found = async (range: Omit<DeadLetterRange, 'limit'>) =>
      (await engine.reactions.deadLetters({ ...range, limit: 100 })).map(({ lane }) => lane)
    const lanes = (keep: (letter: DeadLetter) => boolean) => letters.filter(keep).map(({ lane }) => lane)
    assert.deepEqual(
      await found({}),
      lanes(() => true),
    )
    assert.deepEqual(
      await found({ consumer: 'reactor/crm' }),
      lanes(({ consumer }) => consumer === 'reactor/crm'),
    )
    assert.deepEqual(await found({ consumer: 'reactor/mail', lanes: ['order/7', 'order/none'] }), ['order/7'])
    assert.deepEqual(await found({ consumer: 'reactor/crm', lanes: ['order/7'] }), [])
    assert.deepEqual(
      await found({ state: 'parked', consumer: 'reactor/mail' }),
      lanes(({ state, consumer }) => state === 'parked' && consumer === 'reactor/mail'),
    )
    assert.deepEqual(await found({ ids: [letters[4]?.id ?? '', 'nothing', letters[2]?.id ?? ''] }), ['order/2', 'order/4'])
    assert.deepEqual(await found({ ids: [] }), [])
    const paged: string[] = []
    let after: string | undefined
    for (;;) {
      const page = await engine.reactions.deadLetters({ limit: 10, ...(after === undefined ? {} : { after }) })
      paged.push(...page.map(({ lane }) => lane))
      if (page.length < 10) break
      after = page.at(-1)?.id
    }
    assert.deepEqual(
      paged,
      lanes(() => true),
    )
  })

  promise('REACT-6 letters are counted by consumer and state, with the oldest', async ({ open }) => {
    const engine = await open()
    assert.deepEqual(await engine.reactions.deadLetterCounts(), [])
    const write = (lane: string, given: Partial<DeadLetter>) => ({ letter: letterOf(lane, given), expected: null })
    await done(engine, {
      deadLetters: [
        write('a', { parkedAt: 500 }),
        write('b', { parkedAt: 400 }),
        write('c', { state: 'retrying', parkedAt: 300 }),
        write('a', { consumer: 'process/transfer', parkedAt: 200 }),
      ],
    })
    assert.deepEqual(await engine.reactions.deadLetterCounts(), [
      { consumer: 'process/transfer', state: 'parked', count: 1, oldestAt: 200 },
      { consumer: 'reactor/mail', state: 'parked', count: 2, oldestAt: 400 },
      { consumer: 'reactor/mail', state: 'retrying', count: 1, oldestAt: 300 },
    ])
  })
}
