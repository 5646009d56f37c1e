import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { anyApp, khata, type Part, reactor } from 'khata'
import { until } from '../../src/runtime/reactions/eventually.fixture.ts'
import { asked, errand } from './errands.ts'
import { placeOf } from './workers.ts'

/** A reactor that tells each event to a function, which may throw. */
function telling(tell: (lane: string, n: number) => void): Part {
  return reactor('telling', {
    from: [errand],
    on: { Asked: ({ streamId, data }) => tell(streamId, data.n) },
    retry: { attempts: 2, firstDelayMs: 5 },
    start: 'beginning',
  })
}

/** Bytes that are in use, and not only waiting to be collected. */
function memoryInUse(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}

test('RUN-9 one poison event stops its lane, and 999 other streams go on to their end', async (t) => {
  const { store } = placeOf(t)
  const told = new Map<string, number[]>()
  let poison = true
  const use = [
    errand,
    telling((lane, n) => {
      if (poison && lane === 's500' && n === 1) throw new Error('poison')
      told.set(lane, [...(told.get(lane) ?? []), n])
    }),
  ] as const
  const app = anyApp(await khata({ store, use }))
  t.after(() => app.close())
  const streams = Array.from({ length: 1_000 }, (_, n) => `s${n}`)
  for (const n of [0, 1, 2, 3]) {
    const appends = streams.map((streamId) => ({ category: 'errand', streamId, expected: n, events: [asked(n)] }))
    await app.engine.events.commit({ appends })
  }
  const lag = async () => (await app.reactions.status('telling')).lag
  await until('all but one', async () => (await lag()) === 0 && (await app.reactions.status('telling')).parked === 1)
  const whole = (lane: string) => assert.deepEqual(told.get(lane), [0, 1, 2, 3], lane)
  for (const lane of streams) if (lane !== 's500') whole(lane)
  assert.deepEqual(told.get('s500'), [0])
  assert.equal((await app.reactions.deadLetters()).items.length, 1)
  poison = false
  assert.equal(await app.reactions.retryAll({ consumer: 'telling' }), 1)
  await until('the last', async () => told.get('s500')?.length === 4)
  whole('s500')
})

test('RUN-10 20,000 events behind a handler that fails at once: memory stays bounded, and after the repair all are handled', async (t) => {
  const { store } = placeOf(t)
  const told = new Set<string>()
  let broken = true
  const use = [
    errand,
    telling((lane) => {
      if (broken) throw new Error('down')
      told.add(lane)
    }),
  ] as const
  const app = anyApp(await khata({ store, use, runReactions: false }))
  const total = 20_000
  for (let from = 0; from < total; from += 2_000) {
    const appends = Array.from({ length: 2_000 }, (_, n) => ({
      category: 'errand',
      streamId: `s${from + n}`,
      expected: 0,
      events: [asked(n)],
    }))
    await app.engine.events.commit({ appends })
  }
  await app.close()

  const failing = anyApp(await khata({ store, use, codeVersion: 'broken' }))
  t.after(() => failing.close())
  const before = memoryInUse()
  await until('as many lanes as may wait', async () => {
    const { state, parked } = await failing.reactions.status('telling')
    return state === 'waiting' && parked >= 10_000
  })
  const waiting = await failing.reactions.status('telling')
  assert.match(waiting.reason ?? '', /waits as a whole/)
  const more = memoryInUse() - before
  assert.ok(more < 64 * 1024 * 1024, `${Math.round(more / 1024 / 1024)} MiB more than before`)
  // The rest was not even read: it is safe in the log.
  assert.ok(waiting.parked < 12_000 && waiting.lag > 5_000, `${waiting.parked} parked, ${waiting.lag} behind`)
  assert.match((await failing.health()).attention.join(), /dead letters of reactor\/telling/)
  broken = false
  const retried = await failing.reactions.retryAll({ consumer: 'telling' }, { perSecond: 5_000 })
  assert.ok(retried >= 10_000)
  await until('all', async () => {
    const { lag, parked, retrying } = await failing.reactions.status('telling')
    return lag === 0 && parked === 0 && retrying === 0
  })
  assert.equal(told.size, total)
})

test('RUN-13 100,000 events behind a consumer that was down are all handled, in order and in flat memory', async (t) => {
  const { store } = placeOf(t)
  const reached = new Map<string, number>()
  let handled = 0
  const use = [
    errand,
    telling((lane, n) => {
      assert.equal(n, (reached.get(lane) ?? -1) + 1, lane)
      reached.set(lane, n)
      handled++
    }),
  ] as const
  const [streams, each, step] = [1_000, 100, 10]
  const down = anyApp(await khata({ store, use, runReactions: false }))
  for (let from = 0; from < each; from += step) {
    for (let first = 0; first < streams; first += 200) {
      const appends = Array.from({ length: 200 }, (_, s) => ({
        category: 'errand',
        streamId: `s${first + s}`,
        expected: from,
        events: Array.from({ length: step }, (_, n) => asked(from + n)),
      }))
      await down.engine.events.commit({ appends })
    }
  }
  await down.close()
  const before = memoryInUse()
  const began = performance.now()
  const app = anyApp(await khata({ store, use }))
  t.after(() => app.close())
  let most = 0
  let lookAt = 10_000
  await until('all', async () => {
    if (handled >= lookAt) {
      most = Math.max(most, memoryInUse() - before)
      lookAt += 10_000
    }
    return (await app.reactions.status('telling')).lag === 0
  })
  t.diagnostic(`${Math.round((handled / (performance.now() - began)) * 1_000)} events a second`)
  assert.equal(handled, streams * each)
  assert.deepEqual((await app.reactions.deadLetters()).items, [])
  assert.ok(most < 48 * 1024 * 1024, `${Math.round(most / 1024 / 1024)} MiB more than before`)
})
