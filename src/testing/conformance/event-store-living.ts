import assert from 'node:assert/strict'
import { isKhataError } from '../../model/error.ts'
import type { StoredEvent } from '../../ports/event-store.ts'
import {
  append,
  assertGapless,
  done,
  nothingTagged,
  sample,
  samples,
  tally,
  to,
  upTo,
  wholeLog,
  wholeStream,
} from './samples.ts'
import type { Promised } from './suite.ts'

function failsWith(code: Parameters<typeof isKhataError>[1]) {
  return (error: unknown) => isKhataError(error, code)
}

/** Promises about time, limits, identity, copies, several processes and the end of an engine. */
export function livingConformance(promise: Promised): void {
  promise(
    'ES-50 the time of an event is never before that of the event ahead of it, whatever the clock does',
    async ({ open }) => {
      let now = 1_000
      const engine = await open({ clock: () => now })
      for (const time of [1_000, 900, 1_100, 500, 1_099]) {
        now = time
        await append(engine, 'account/a', sample())
      }
      assert.deepEqual(
        (await wholeLog(engine)).map(({ recordedAt }) => recordedAt),
        [1_000, 1_000, 1_100, 1_100, 1_100],
      )
    },
  )

  promise('ES-51 listeners are told of commits until they leave', async ({ open }) => {
    const engine = await open()
    let told = 0
    const leave = engine.onCommit(() => told++)
    await append(engine, 'account/a', sample())
    assert.ok(told > 0)
    leave()
    const before = told
    await append(engine, 'account/a', sample())
    assert.equal(told, before)
  })

  promise('ES-52 a full queue refuses more with the time to wait, and takes again when there is room', async ({ open }) => {
    const engine = await open({ queueLimit: 20 })
    const sent = upTo(100).map((i) => engine.events.commit({ appends: [to(`account/${i}`, 0, sample())] }))
    const settled = await Promise.allSettled(sent)
    const refused = settled.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []))
    assert.equal(refused.length, 80)
    for (const error of refused)
      assert.ok(isKhataError(error, 'overloaded') && (error.detail as { retryAfterMs: number }).retryAfterMs > 0)
    assertGapless(await wholeLog(engine))
    assert.equal((await append(engine, 'account/later', sample())).last, 21)
  })

  promise('ES-53 the bytes that wait have a limit too', async ({ open }) => {
    const engine = await open({ queueBytes: 100_000 })
    const large = () => ({ appends: [to('account/a', null, sample('Large', { data: JSON.stringify('x'.repeat(40_000)) }))] })
    const settled = await Promise.allSettled(upTo(10).map(() => engine.events.commit(large())))
    assert.equal(settled.filter(({ status }) => status === 'fulfilled').length, 2)
    assert.equal((await engine.events.commit(large())).outcome, 'committed')
  })

  promise('ES-54 closing finishes what was accepted, and then everything is refused as closed', async ({ open }) => {
    const engine = await open()
    const sent = upTo(50).map((i) => engine.events.commit({ appends: [to(`account/${i}`, 0, sample())] }))
    const closed = engine.close()
    assert.deepEqual(tally(await Promise.all(sent)), { committed: 50 })
    await closed
    await assert.rejects(engine.events.commit({ appends: [] }), failsWith('closed'))
    await assert.rejects(engine.events.head(), failsWith('closed'))
    await assert.rejects(engine.views.get('v', []), failsWith('closed'))
    await assert.rejects(engine.work.checkpoints('c'), failsWith('closed'))
    await engine.close()
  })

  promise('ES-55 a sound store is found to be sound', async ({ open }) => {
    const engine = await open()
    for (const i of upTo(30))
      await append(engine, `account/${i % 4}`, sample('A', { tags: [`n:${i}`, 'all:yes'] }), sample('B'))
    const progress: number[] = []
    assert.deepEqual(await engine.verify((at, total) => progress.push(at / total)), [])
    assert.equal(progress.at(-1), 1)
    const marks = ['import/log', 'copy/log', 'copy/keys'].map((consumer) => ({ consumer, shard: 0, from: 0, to: 1e12 }))
    await done(engine, { checkpoints: marks })
    assert.deepEqual(await engine.verify(), [])
    await done(engine, { checkpoints: [{ consumer: 'reactor/mail', shard: 0, from: 0, to: 61 }] })
    assert.deepEqual(await engine.verify(), ['a checkpoint is ahead of the log: reactor/mail/0 (61)'])
  })

  promise('ES-56 a complete log is taken into an empty store with ids, positions, versions and times', async ({ open }) => {
    let now = 10
    const first = await open({ clock: () => now++ })
    for (const i of upTo(40))
      await append(first, `account/${i % 3}`, sample('A', { tags: [`n:${i}`], occurredAt: i }), sample('B'))
    const log = await wholeLog(first)
    const second = await open()
    await second.importLog(log.slice(0, 33))
    await second.importLog(log.slice(33))
    assert.deepEqual(await wholeLog(second), log)
    assert.deepEqual(await second.verify(), [])
    const next = await append(second, 'account/0', sample())
    assert.deepEqual([next.last, next.versions], [81, [29]])
    assert.equal((await second.events.commit({ conditions: [nothingTagged('n:5')] })).outcome, 'conflict')
  })

  promise('ES-57 a log with a gap or an id that is none, or for a store that has events, is not taken', async ({ open }) => {
    const first = await open()
    await append(first, 'account/a', ...samples(6))
    const log = await wholeLog(first)
    const taken = async (events: readonly StoredEvent[]) => {
      const engine = await open()
      await engine.importLog(log.slice(0, 2))
      await assert.rejects(engine.importLog(events), failsWith('store-damaged'))
      assert.equal((await engine.events.head()).position, 2)
    }
    await taken(log.slice(3))
    await taken([...log.slice(2, 3), ...log.slice(4)])
    await taken(log.slice(2, 3).map((event) => ({ ...event, version: 7 })))
    await taken(log.slice(2, 3).map((event) => ({ ...event, recordedAt: 1 })))
    await taken(log.slice(2, 3).map((event) => ({ ...event, id: 'order-1' })))
    await assert.rejects(first.importLog(log), failsWith('usage'))
    assert.equal((await wholeLog(first)).length, 6)
  })

  promise('ES-58 a store has an identity; adopting it changes the epoch and nothing else', async ({ open }) => {
    const [engine, other] = [await open(), await open()]
    const before = await engine.identity()
    assert.notEqual(before.storeId, (await other.identity()).storeId)
    assert.equal(before.home, before.here)
    const after = await engine.adopt()
    assert.deepEqual({ ...after, epoch: '' }, { ...before, epoch: '' })
    assert.notEqual(after.epoch, before.epoch)
    assert.deepEqual(await engine.identity(), after)
  })

  promise('ES-59 idempotency keys can be read by pages and taken by another store, the newer of one key', async ({ open }) => {
    let now = Date.now()
    const [first, second] = [await open({ clock: () => now-- }), await open()]
    for (const [index, key] of ['\u{1f4d2}', 'k2', '\u{ff61}', 'K4', 'k5'].entries()) {
      const n = index + 1
      const command = { principal: n % 2 ? 'মিনা' : '', command: 'Do', key, inputHash: `h${n}`, expiresAt: n * 1e14 }
      const appends = [{ category: 'account', streamId: 'a', expected: null, events: [sample()] }]
      assert.equal((await first.events.commit({ command, appends })).outcome, 'committed')
    }
    const all = { after: null, since: 0, upTo: 5, limit: 10 }
    const keys = await first.rememberedCommands(all)
    now = 2.5e14
    const order = keys.map(({ key }) => key)
    assert.deepEqual(order, ['K4', 'k2', 'k5', '\u{ff61}', '\u{1f4d2}'])
    assert.deepEqual(await first.rememberedCommands({ ...all, after: keys[1] ?? null, limit: 2 }), keys.slice(2, 4))
    const upTo3 = keys.filter(({ receipt }) => receipt.position <= 3)
    assert.deepEqual(await first.rememberedCommands({ ...all, upTo: 3 }), upTo3)
    const since4 = keys.filter(({ receipt }) => receipt.position >= 4)
    assert.deepEqual(await first.rememberedCommands({ ...all, since: 4 }), since4)

    await second.importLog(await wholeLog(first))
    await second.importCommands(keys)
    const one = keys.find(({ receipt }) => receipt.position === 3)
    assert.ok(one)
    const older = { ...one, inputHash: 'of an older one', recordedAt: one.recordedAt + 1 }
    await second.importCommands([{ ...older, receipt: { ...one.receipt, position: 2 } }])
    assert.deepEqual(await second.rememberedCommands(all), keys)
    const command = { ...one, recordedAt: undefined, receipt: undefined } as never
    assert.deepEqual(await second.events.commit({ command }), { outcome: 'seen', receipt: one.receipt })
  })

  const needs = 'reopen'
  promise(
    'ES-60 what was acknowledged is there after the store is closed and opened again',
    async ({ open, again }) => {
      const engine = await open()
      await append(engine, 'account/a', ...samples(3))
      const [log, identity] = [await wholeLog(engine), await engine.identity()]
      await engine.close()
      const later = await again(engine)
      assert.deepEqual(await wholeLog(later), log)
      assert.deepEqual(await later.identity(), identity)
      assert.equal((await append(later, 'account/a', sample())).last, 4)
    },
    needs,
  )

  promise(
    'ES-61 several engines on one store write one log: no gaps, one winner, and each sees what the others did',
    async ({ open, again }) => {
      const first = await open()
      const engines = [first, await again(first), await again(first)]
      for (const version of upTo(15)) {
        const outcomes = await Promise.all(
          engines.flatMap((engine) =>
            upTo(5).map(() => engine.events.commit({ appends: [to('account/a', version, sample('A', { tags: ['x:1'] }))] })),
          ),
        )
        assert.deepEqual(tally(outcomes), { committed: 1, conflict: 14 })
        const boundaries = await Promise.all(
          engines.map((engine) =>
            engine.events.commit({
              appends: [to('boundary/b', null, sample('B', { tags: [`round:${version}`] }))],
              conditions: [nothingTagged(`round:${version}`)],
            }),
          ),
        )
        assert.deepEqual(tally(boundaries), { committed: 1, conflict: 2 })
        const asked = engines.map((engine) => engine.events.commit({ conditions: [nothingTagged(`round:${version}`)] }))
        assert.deepEqual(tally(await Promise.all(asked)), { conflict: 3 })
        const [writer = first, reader = first] = engines.slice(version % 3).concat(engines)
        await done(reader, { appends: [to('guarded/g', version)] })
        await done(writer, { appends: [to('guarded/g', version, sample())] })
        assert.equal((await reader.events.commit({ appends: [to('guarded/g', version)] })).outcome, 'conflict')
      }
      for (const engine of engines) {
        assert.equal((await wholeStream(engine, 'account/a')).length, 15)
        assertGapless(await wholeLog(engine))
      }
    },
    needs,
  )

  promise(
    'ES-62 a listener hears of what another engine committed',
    async ({ open, again }) => {
      const engine = await open()
      const other = await again(engine)
      const heard = new Promise<void>((resolve) => engine.onCommit(() => resolve()))
      await done(other, { appends: [to('account/a', 0, sample())] })
      const timer = setTimeout(() => assert.fail('nothing was heard'), 120_000)
      await heard
      clearTimeout(timer)
      assert.equal((await engine.events.head()).position, 1)
    },
    needs,
  )
}
