import assert from 'node:assert/strict'
import type { CommandKey, Commit } from '../../ports/event-store.ts'
import type { SnapshotWrite } from '../../ports/work-store.ts'
import { people, person } from './documents.ts'
import { done, sample, samples, tally, to, upTo } from './samples.ts'
import type { Promised } from './suite.ts'

const key = { category: 'account', streamId: 'a', stateVersion: 1, fingerprint: 'f1' }

function snapshot(version: number, given: Partial<SnapshotWrite> = {}): SnapshotWrite {
  return { ...key, version, state: `{"at":${version}}`, eventId: `event-${version}`, ...given }
}

/** Promises about checkpoints, snapshots and receipts. */
export function memoryConformance(promise: Promised): void {
  promise('WORK-1 checkpoints are kept by consumer and shard', async ({ open }) => {
    const engine = await open()
    assert.deepEqual(await engine.work.checkpoints('mailer'), new Map())
    const move = (consumer: string, shard: number, from: number, to: number) => ({ consumer, shard, from, to })
    await done(engine, { checkpoints: [move('mailer', 0, 0, 5), move('mailer', 7, 0, 9), move('other', 0, 0, 1)] })
    await done(engine, { checkpoints: [move('mailer', 0, 5, 6)] })
    const expected = new Map([
      [0, 6],
      [7, 9],
    ])
    assert.deepEqual(await engine.work.checkpoints('mailer'), expected)
  })

  promise(
    'WORK-2 a checkpoint that is not where the caller thinks makes the commit stale, and nothing of it is written',
    async ({ open }) => {
      const engine = await open()
      await engine.views.prepare(people)
      const commit = (from: number): Commit => ({
        checkpoints: [
          { consumer: 'other', shard: 0, from: 0, to: 3 },
          { consumer: 'c', shard: 0, from, to: 3 },
        ],
        appends: [to('account/a', null, sample())],
        documents: [{ generation: 'people_1', documents: [person('a')] }],
        snapshots: [snapshot(1)],
        command: { principal: 'p', command: 'C', key: 'k', inputHash: 'h', expiresAt: null },
      })
      assert.deepEqual(await engine.events.commit(commit(2)), { outcome: 'stale', what: 'checkpoint c/0' })
      assert.equal((await engine.events.head()).position, 0)
      assert.deepEqual(await engine.work.checkpoints('other'), new Map())
      assert.deepEqual(await engine.views.get('people_1', ['a']), [])
      assert.equal(await engine.work.snapshot(key), null)
      assert.equal(await engine.work.receipt({ principal: 'p', command: 'C', key: 'k' }), null)
      await done(engine, commit(0))
      assert.equal((await engine.work.checkpoints('c')).get(0), 3)
    },
  )

  promise('WORK-3 of many who move one checkpoint at once one is taken', async ({ open }) => {
    const engine = await open()
    const outcomes = await Promise.all(
      upTo(30).map((i) => engine.events.commit({ checkpoints: [{ consumer: 'c', shard: 0, from: 0, to: i + 1 }] })),
    )
    assert.deepEqual(tally(outcomes), { committed: 1, stale: 29 })
    assert.equal((await engine.work.checkpoints('c')).get(0), 1)
  })

  promise('WORK-4 a snapshot is replaced by a newer one, never by an older', async ({ open }) => {
    const engine = await open()
    assert.equal(await engine.work.snapshot(key), null)
    await done(engine, { snapshots: [snapshot(10)] })
    await done(engine, { snapshots: [snapshot(8)] })
    assert.deepEqual(await engine.work.snapshot(key), { version: 10, state: '{"at":10}', eventId: 'event-10' })
    await done(engine, { appends: [to('account/a', 0, ...samples(1))], snapshots: [snapshot(20)] })
    assert.equal((await engine.work.snapshot(key))?.version, 20)
  })

  promise('WORK-5 a snapshot above the version that is asked for is not given', async ({ open }) => {
    const engine = await open()
    await done(engine, { snapshots: [snapshot(10)] })
    assert.equal(await engine.work.snapshot(key, 9), null)
    assert.equal((await engine.work.snapshot(key, 10))?.version, 10)
  })

  promise('WORK-6 snapshots of other streams, state versions and fingerprints are kept apart', async ({ open }) => {
    const engine = await open()
    const others = [{ streamId: 'b' }, { category: 'order' }, { stateVersion: 2 }, { fingerprint: 'f2' }]
    await done(engine, { snapshots: [snapshot(1), ...others.map((other, i) => snapshot(i + 2, other))] })
    assert.equal((await engine.work.snapshot(key))?.version, 1)
    for (const [i, other] of others.entries()) assert.equal((await engine.work.snapshot({ ...key, ...other }))?.version, i + 2)
  })

  promise('WORK-7 a receipt is found by principal, command and key until its time is over', async ({ open }) => {
    let now = 1_000
    const engine = await open({ clock: () => now })
    const command = (name: string, expiresAt: number | null): CommandKey => ({
      principal: 'anna',
      command: 'Deposit',
      key: name,
      inputHash: `hash-${name}`,
      expiresAt,
    })
    const event = sample('Deposited')
    await done(engine, { appends: [to('account/a', 0, event)], command: command('short', 2_000) })
    await done(engine, { appends: [to('account/a', 1)], command: command('long', null) })
    const find = (name: string, principal = 'anna', commandName = 'Deposit') =>
      engine.work.receipt({ principal, command: commandName, key: name })
    assert.deepEqual(await find('short'), {
      receipt: {
        streams: [{ category: 'account', streamId: 'a', version: 1 }],
        position: 1,
        events: [{ id: event.id, type: 'Deposited' }],
      },
      inputHash: 'hash-short',
    })
    for (const [principal, name] of [['bert'], ['anna', 'Withdraw']] as const)
      assert.equal(await find('short', principal, name), null)
    assert.equal(await find('other'), null)
    now = 2_000
    assert.equal(await find('short'), null)
    assert.notEqual(await find('long'), null)
  })

  promise('WORK-8 a receipt names the streams that were written and the first one named', async ({ open }) => {
    const engine = await open()
    await done(engine, { appends: [to('customer/c', 0, sample()), to('guard/g', 0, sample())] })
    const appends = [to('order/o', 0), to('guard/g', 1), to('customer/c', 1, sample()), to('stock/s', null, sample())]
    const command = { principal: 'p', command: 'C', key: 'k', inputHash: 'h', expiresAt: null }
    await done(engine, { appends, command })
    const found = await engine.work.receipt({ principal: 'p', command: 'C', key: 'k' })
    assert.deepEqual(found?.receipt.streams, [
      { category: 'order', streamId: 'o', version: 0 },
      { category: 'customer', streamId: 'c', version: 2 },
      { category: 'stock', streamId: 's', version: 1 },
    ])
  })
}
