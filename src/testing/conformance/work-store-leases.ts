import assert from 'node:assert/strict'
import { append, done, sample, to, upTo } from './samples.ts'
import type { Promised } from './suite.ts'

/** Promises about leases and the tokens that fence their owners. */
export function leaseConformance(promise: Promised): void {
  promise(
    'WORK-10 a lease has one owner, who may renew it; others get it when its time is over, with a higher token',
    async ({ open }) => {
      let now = 1_000
      const engine = await open({ clock: () => now })
      const first = await engine.work.lease('view', 'anna', 500)
      assert.deepEqual(first, { name: 'view', owner: 'anna', token: first?.token, expiresAt: 1_500 })
      assert.equal(await engine.work.lease('view', 'bert', 500), null)
      now = 1_400
      assert.deepEqual(await engine.work.lease('view', 'anna', 500), { ...first, expiresAt: 1_900 })
      now = 1_899
      assert.equal(await engine.work.lease('view', 'bert', 500), null)
      now = 1_900
      const second = await engine.work.lease('view', 'bert', 500)
      assert.ok((second?.token ?? 0) > (first?.token ?? 0))
      assert.equal(await engine.work.lease('view', 'anna', 500), null)
      assert.equal((await engine.work.lease('other', 'anna', 500))?.owner, 'anna')
    },
  )

  promise('WORK-11 a lease that is given back is free at once, and only its owner can give it back', async ({ open }) => {
    const engine = await open()
    const first = await engine.work.lease('view', 'anna', 60_000)
    await engine.work.release({ name: 'view', token: (first?.token ?? 0) + 1 })
    assert.equal(await engine.work.lease('view', 'bert', 60_000), null)
    await engine.work.release({ name: 'view', token: first?.token ?? 0 })
    const second = await engine.work.lease('view', 'anna', 60_000)
    assert.ok((second?.token ?? 0) > (first?.token ?? 0))
    await engine.work.release({ name: 'view', token: first?.token ?? 0 })
    assert.equal(await engine.work.lease('view', 'bert', 60_000), null)
    await engine.work.release({ name: 'nobody', token: 1 })
  })

  promise('WORK-12 of many who ask for a lease at once one gets it', async ({ open }) => {
    const engine = await open()
    const given = await Promise.all(upTo(40).map((i) => engine.work.lease('view', `owner-${i}`, 60_000)))
    assert.equal(given.filter((lease) => lease !== null).length, 1)
  })

  promise('WORK-13 an owner whose lease has moved on or was given back writes nothing', async ({ open }) => {
    let now = 1_000
    const engine = await open({ clock: () => now })
    await append(engine, 'account/a', sample())
    const first = await engine.work.lease('view', 'anna', 500)
    const token = first?.token ?? 0
    const commit = (proof: number) =>
      engine.events.commit({
        leases: [{ name: 'view', token: proof }],
        appends: [to('account/a', null, sample())],
        checkpoints: [{ consumer: 'c', shard: 0, from: 0, to: 1 }],
      })
    assert.deepEqual(await commit(token + 1), { outcome: 'fenced', lease: 'view' })
    now = 2_000
    const second = await engine.work.lease('view', 'bert', 500)
    assert.deepEqual(await commit(token), { outcome: 'fenced', lease: 'view' })
    assert.deepEqual(await engine.work.checkpoints('c'), new Map())
    assert.equal((await engine.events.head()).position, 1)
    assert.equal((await commit(second?.token ?? 0)).outcome, 'committed')
    await engine.work.release({ name: 'view', token: second?.token ?? 0 })
    assert.deepEqual(await commit(second?.token ?? 0), { outcome: 'fenced', lease: 'view' })
    assert.deepEqual(await engine.events.commit({ leases: [{ name: 'nobody', token: 1 }] }), {
      outcome: 'fenced',
      lease: 'nobody',
    })
  })

  promise('WORK-14 a lease that lapsed is its last owner’s until somebody takes it', async ({ open }) => {
    let now = 1_000
    const engine = await open({ clock: () => now })
    const lease = await engine.work.lease('view', 'anna', 500)
    now = 5_000
    await done(engine, { leases: [{ name: 'view', token: lease?.token ?? 0 }], appends: [to('account/a', 0, sample())] })
    assert.equal((await engine.work.lease('view', 'anna', 500))?.token, lease?.token)
  })

  promise(
    'WORK-16 the leases that somebody has are listed by the beginning of their names, and which have lapsed',
    async ({ open }) => {
      let now = 1_000
      const engine = await open({ clock: () => now })
      const names = async (prefix: string) => (await engine.work.leases(prefix)).map(({ name, lapsed }) => [name, lapsed])
      assert.deepEqual(await names(''), [])
      const short = await engine.work.lease('views/a/1', 'anna', 500)
      await engine.work.lease('views/a/0', 'bert', 2_000)
      await engine.work.lease('views/b_%/0', 'bert', 2_000)
      const given = await engine.work.lease('views/a/2', 'anna', 2_000)
      await engine.work.release({ name: 'views/a/2', token: given?.token ?? 0 })
      assert.deepEqual(await engine.work.leases('views/a/1'), [{ ...short, lapsed: false }])
      now = 1_499
      assert.deepEqual(await names('views/a/'), [
        ['views/a/0', false],
        ['views/a/1', false],
      ])
      now = 1_500
      assert.deepEqual(await names('views/a/'), [
        ['views/a/0', false],
        ['views/a/1', true],
      ])
      assert.deepEqual(await names('views/b_%'), [['views/b_%/0', false]])
      assert.deepEqual(await names('views/_'), [])
      assert.equal((await engine.work.leases('')).length, 3)
      await engine.work.lease('views/a/1', 'bert', 500)
      assert.deepEqual(
        (await engine.work.leases('views/a/')).map(({ owner }) => owner),
        ['bert', 'bert'],
      )
    },
  )

  promise('WORK-15 a commit may be made under several leases, and each must hold', async ({ open }) => {
    const engine = await open()
    const [a, b] = [await engine.work.lease('a', 'anna', 60_000), await engine.work.lease('b', 'anna', 60_000)]
    const proof = [
      { name: 'a', token: a?.token ?? 0 },
      { name: 'b', token: b?.token ?? 0 },
    ]
    await done(engine, { leases: proof })
    await engine.work.release({ name: 'b', token: b?.token ?? 0 })
    assert.deepEqual(await engine.events.commit({ leases: proof }), { outcome: 'fenced', lease: 'b' })
  })
}
