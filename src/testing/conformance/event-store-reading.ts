import assert from 'node:assert/strict'
import type { EventQuery } from '../../model/decision.ts'
import type { LogRange, StreamRange } from '../../ports/event-store.ts'
import { append, assertGapless, done, sample, samples, to, upTo, wholeLog, wholeStream } from './samples.ts'
import type { Promised } from './suite.ts'

/** Promises about reading streams and the log. */
export function readingConformance(promise: Promised): void {
  promise('ES-30 an event is read as it was written, to the last character', async ({ open }) => {
    const engine = await open({ clock: () => 1_767_605_400_000 })
    const given = sample('টাকা-জমা', {
      schemaVersion: 3,
      data: '{"amount": 1e2, "zero":-0, "n":12345678901234567890, "text":"ঢাকা 🏦 \\u0007 \\"q\\"", "n":2}',
      metadata: '{"by":"আনা"}',
      tags: ['owner:o', 'city:ঢাকা'],
      occurredAt: -1_000,
      commandId: 'command-1',
      correlationId: 'correlation-1',
    })
    await append(engine, 'account/a b ü', given)
    const place = { position: 1, category: 'account', streamId: 'a b ü', version: 1, recordedAt: 1_767_605_400_000 }
    assert.deepEqual(await wholeLog(engine), [{ ...given, ...place }])
    const plain = sample()
    await append(engine, 'account/p', plain)
    assert.deepEqual((await wholeStream(engine, 'account/p'))[0], { ...plain, ...place, position: 2, streamId: 'p' })
  })

  promise('ES-31 a stream is read forwards, from and to a version, and an unknown one has no events', async ({ open }) => {
    const engine = await open()
    for (const _ of upTo(5))
      await done(engine, { appends: [to('account/a', null, ...samples(2)), to('account/b', null, sample())] })
    const read = async (range: Partial<StreamRange>) =>
      (await engine.events.readStream({ category: 'account', streamId: 'a', limit: 100, ...range })).map((e) => e.version)
    assert.deepEqual(await read({}), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
    assert.deepEqual(await read({ from: 4, to: 6 }), [4, 5, 6])
    assert.deepEqual(await read({ from: 9, limit: 1 }), [9])
    assert.deepEqual(await read({ from: 11 }), [])
    assert.deepEqual(await read({ streamId: 'nobody' }), [])
    assert.deepEqual(await read({ category: 'nothing' }), [])
  })

  promise('ES-32 a stream is read backwards from its newest event or from a version', async ({ open }) => {
    const engine = await open()
    await append(engine, 'account/a', ...samples(6))
    const read = async (range: Partial<StreamRange>) =>
      (await engine.events.readStream({ category: 'account', streamId: 'a', limit: 3, backwards: true, ...range })).map(
        (e) => e.version,
      )
    assert.deepEqual(await read({}), [6, 5, 4])
    assert.deepEqual(await read({ from: 2 }), [2, 1])
  })

  promise('ES-33 a stream is read as it was at a time', async ({ open }) => {
    let now = 100
    const engine = await open({ clock: () => now })
    for (const time of [100, 200, 200, 300]) {
      now = time
      await append(engine, 'account/a', sample())
      await append(engine, 'account/b', sample())
    }
    const read = async (recordedBy: number, range: Partial<StreamRange> = {}) =>
      (await engine.events.readStream({ category: 'account', streamId: 'a', limit: 100, recordedBy, ...range })).map(
        (e) => e.version,
      )
    assert.deepEqual(await read(99), [])
    assert.deepEqual(await read(100), [1])
    assert.deepEqual(await read(250), [1, 2, 3])
    assert.deepEqual(await read(1_000), [1, 2, 3, 4])
    assert.deepEqual(await read(299, { backwards: true, limit: 1 }), [3])
    assert.deepEqual(await read(1_000, { to: 2 }), [1, 2])
    assert.deepEqual(await read(100, { streamId: 'nobody' }), [])
  })

  promise(
    'ES-34 the log is read in pages, in order of position, up to a position, and says where to read on',
    async ({ open }) => {
      const engine = await open()
      for (const i of upTo(50)) await append(engine, `account/${i % 7}`, ...samples(5))
      const seen: number[] = []
      for (let after = 0; ; ) {
        const page = await engine.events.readLog({ after, limit: 37 })
        seen.push(...page.events.map(({ position }) => position))
        after = page.scannedTo
        assert.equal(page.full, page.events.length === 37)
        if (!page.full) break
      }
      assert.deepEqual(
        seen,
        upTo(250).map((i) => i + 1),
      )
      const bounded = await engine.events.readLog({ after: 10, upTo: 12, limit: 100 })
      assert.deepEqual([bounded.events.map((e) => e.position), bounded.scannedTo], [[11, 12], 12])
      const end = await engine.events.readLog({ after: 250, limit: 10 })
      assert.deepEqual(end, { events: [], full: false, scannedTo: 250 })
    },
  )

  promise('ES-35 the log is filtered by categories, types and tags, in order, each event once', async ({ open }) => {
    const engine = await open()
    for (const i of upTo(120)) {
      const tags = [...(i % 2 === 0 ? ['even:yes'] : []), ...(i % 5 === 0 ? ['five:yes'] : []), `n:${i}`]
      await append(engine, `${i % 3 === 0 ? 'order' : 'account'}/s`, sample(`Type${i % 4}`, { tags }))
    }
    const log = await wholeLog(engine)
    const queries: EventQuery[] = [
      [{ categories: ['order'] }],
      [{ types: ['Type1'] }],
      [{ types: ['Type1', 'Type2'], categories: ['order', 'account'] }],
      [{ tags: ['even:yes'] }],
      [{ tags: ['even:yes', 'five:yes'] }],
      [{ tags: ['five:yes'], types: ['Type0'], categories: ['account'] }],
      [{ tags: ['five:yes'] }, { types: ['Type0'] }, { tags: ['n:7'] }, { categories: ['order'], types: ['Type3'] }],
      [{ types: ['Nothing'] }],
      [],
      [{}],
    ]
    for (const query of queries) {
      const expected = log.filter((event) =>
        query.some(
          ({ types = [], tags = [], categories = [] }) =>
            (types.length === 0 || types.includes(event.type)) &&
            (categories.length === 0 || categories.includes(event.category)) &&
            tags.every((tag) => event.tags.includes(tag)),
        ),
      )
      const found: number[] = []
      for (let after = 0; after < log.length; ) {
        const page = await engine.events.readLog({ after, query, limit: 7 })
        found.push(...page.events.map(({ position }) => position))
        assert.ok(page.scannedTo > after, 'a page moves on')
        after = page.scannedTo
      }
      const text = JSON.stringify(query)
      assert.deepEqual(
        found,
        expected.map(({ position }) => position),
        text,
      )
      const back = await engine.events.readLog({ after: 0, query, limit: 5, backwards: true })
      assert.deepEqual(back.events, expected.slice(-5).reverse(), text)
    }
  })

  promise('ES-41 a page ends early where events are large, and says so; nothing is left out', async ({ open }) => {
    const engine = await open()
    const data = JSON.stringify('x'.repeat(1_000_000))
    for (const _ of upTo(8)) {
      await append(engine, 'account/large', ...upTo(5).map(() => sample('Happened', { data, tags: ['all:yes'] })))
    }
    await append(engine, 'account/small', ...upTo(2_000).map(() => sample('Happened', { tags: ['all:yes'] })))
    const ways = { forwards: {}, backwards: { backwards: true }, 'by a query': { query: [{ tags: ['all:yes'] }] } }
    const head = 2_040
    for (const [way, range] of Object.entries(ways)) {
      const found: number[] = []
      for (let after = 0, more = true; more; ) {
        const page = await engine.events.readLog({ after, limit: 1_000, ...range })
        const length = page.events.reduce((sum, event) => sum + event.data.length, 0)
        assert.ok(length <= 17_000_000 && page.events.length > 1, `${way}: ${page.events.length} events, ${length} characters`)
        found.push(...page.events.map(({ position }) => position))
        more = page.full && found.length < head
        after = page.scannedTo
      }
      const positions = upTo(head).map((i) => i + 1)
      assert.deepEqual(found, way === 'backwards' ? positions.reverse() : positions, way)
    }
    assert.equal((await engine.events.readLog({ after: 100, limit: 1_000 })).events.length, 1_000)
  })

  promise('ES-36 a filter of very many types and items is answered', async ({ open }) => {
    const engine = await open()
    for (const i of upTo(12)) await append(engine, 'a/1', ...upTo(60).map((j) => sample(`T${(i * 60 + j) % 700}`)))
    const types = upTo(700).map((i) => `T${i}`)
    const page = await engine.events.readLog({ after: 0, query: [{ types }], limit: 1_000 })
    assert.equal(page.events.length, 720)
    assertGapless(page.events)
    const items = await engine.events.readLog({ after: 0, query: types.map((type) => ({ types: [type] })), limit: 1_000 })
    assert.deepEqual(items, page)
  })

  promise('ES-37 the log is read backwards from its end or from below a position', async ({ open }) => {
    const engine = await open()
    await append(engine, 'account/a', ...samples(10))
    const read = async (range: Partial<LogRange>) => {
      const page = await engine.events.readLog({ after: 0, limit: 4, backwards: true, ...range })
      return [page.events.map(({ position }) => position), page.scannedTo]
    }
    assert.deepEqual(await read({}), [[10, 9, 8, 7], 7])
    assert.deepEqual(await read({ after: 7 }), [[6, 5, 4, 3], 3])
    assert.deepEqual(await read({ after: 3 }), [[2, 1], 1])
    assert.deepEqual(await read({ after: 1 }), [[], 1])
    assert.deepEqual(await read({ upTo: 2 }), [[2, 1], 1])
  })

  promise('ES-38 events are found by their ids, their command, their correlation and their position', async ({ open }) => {
    const engine = await open()
    const [a, b, c] = [
      sample('A', { commandId: 'c-1', correlationId: 'x' }),
      sample('B', { commandId: 'c-1', correlationId: 'x' }),
      sample('C', { commandId: 'c-2', correlationId: 'x' }),
    ]
    await append(engine, 'account/a', a, b)
    await append(engine, 'account/b', c)
    const types = async (lookup: Parameters<typeof engine.events.lookUp>[0]) =>
      (await engine.events.lookUp(lookup)).map(({ type }) => type)
    assert.deepEqual(await types({ ids: [c.id, 'nobody', a.id] }), ['A', 'C'])
    assert.deepEqual(await types({ ids: [] }), [])
    assert.deepEqual(await types({ commandId: 'c-1' }), ['A', 'B'])
    const correlationId = 'x'
    assert.deepEqual(await types({ correlationId, near: 1, limit: 9 }), ['A', 'B', 'C'])
    assert.deepEqual(await types({ correlationId, near: 2, limit: 1 }), ['B', 'C'])
    assert.deepEqual(await types({ correlationId, near: 3, limit: 2 }), ['B', 'C'])
    assert.deepEqual(await types({ correlationId: 'y', near: 3, limit: 2 }), [])
    assert.deepEqual(await types({ position: 2 }), ['B'])
    assert.deepEqual(await types({ position: 9 }), [])
  })

  promise('ES-39 the head is the last event, and nothing on an empty store', async ({ open }) => {
    const engine = await open({ clock: () => 5_000 })
    assert.deepEqual(await engine.events.head(), { position: 0, eventId: null, recordedAt: 0 })
    assert.deepEqual(await engine.events.readLog({ after: 0, limit: 10 }), { events: [], full: false, scannedTo: 0 })
    const last = sample()
    await append(engine, 'account/a', sample(), last)
    assert.deepEqual(await engine.events.head(), { position: 2, eventId: last.id, recordedAt: 5_000 })
  })

  promise('ES-40 a reader during writes sees a log without gaps that only grows', async ({ open }) => {
    const engine = await open()
    let writing = true
    const writers = upTo(8).map(async (w) => {
      for (const i of upTo(40)) await append(engine, `account/${w}-${i % 3}`, ...samples(1 + (i % 4)))
    })
    const reader = (async () => {
      let before = 0
      while (writing) {
        const events = await wholeLog(engine)
        assertGapless(events)
        assert.ok(events.length >= before)
        before = events.length
        await new Promise((resolve) => setImmediate(resolve))
      }
    })()
    await Promise.all(writers)
    writing = false
    await reader
    assertGapless(await wholeLog(engine))
  })
}
