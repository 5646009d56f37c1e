import assert from 'node:assert/strict'
import { v7 } from 'uuid'
import type { CommandKey, Commit } from '../../ports/event-store.ts'
import { append, done, nothingTagged, sample, samples, tally, to, upTo, wholeLog } from './samples.ts'
import type { Promised } from './suite.ts'

function keyed(key: string, given: Partial<CommandKey> = {}): CommandKey {
  return { principal: 'anna', command: 'Deposit', key, inputHash: 'h1', expiresAt: null, ...given }
}

/** Promises about commits and commands that are sent more than once. */
export function onceConformance(promise: Promised): void {
  promise(
    'ES-20 a commit that is made again with the same event ids answers its first places and writes nothing',
    async ({ open }) => {
      const engine = await open()
      await append(engine, 'account/before', sample())
      const guarded = { appends: [to('account/a', 0, ...samples(2)), to('account/b', null, sample())] }
      const free = { appends: [to('account/c', null, sample())] }
      const bounded: Commit = {
        appends: [to('user/1', null, sample('Registered', { tags: ['email:e'] }))],
        conditions: [nothingTagged('email:e')],
      }
      const shouted = { appends: [to('account/d', 0, sample('Happened', { id: v7().toUpperCase() }))] }
      for (const commit of [guarded, free, bounded, shouted]) {
        const first = await done(engine, commit)
        await append(engine, 'account/between', sample())
        const again = await done(engine, commit)
        assert.deepEqual(
          [again.first, again.last, again.recordedAt, again.versions],
          [first.first, first.last, first.recordedAt, first.versions],
        )
      }
      assert.equal((await engine.events.head()).position, 1 + 3 + 1 + 1 + 1 + 4)
    },
  )

  promise('ES-21 a commit with some event ids that are there already is a conflict: already done', async ({ open }) => {
    const engine = await open()
    const known = sample()
    await append(engine, 'account/a', known)
    const attempts: Commit[] = [
      { appends: [to('account/a', 1, sample(), known)] },
      { appends: [to('account/a', null, known, sample())] },
      { appends: [to('account/b', null, known)] },
      { appends: [to('account/b', 0, known)] },
    ]
    for (const attempt of attempts) {
      assert.deepEqual(await engine.events.commit(attempt), { outcome: 'conflict', clause: 'already-done' })
    }
    assert.equal((await wholeLog(engine)).length, 1)
  })

  promise('ES-22 a command key has one effect and one receipt, from 50 callers at once', async ({ open }) => {
    const engine = await open()
    const attempts = upTo(50).map(() => ({ appends: [to('account/a', null, sample('Deposited'))], command: keyed('k-1') }))
    const outcomes = await Promise.all(attempts.map((attempt) => engine.events.commit(attempt)))
    assert.deepEqual(tally(outcomes), { committed: 1, seen: 49 })
    const [event] = await wholeLog(engine)
    const receipt = {
      streams: [{ category: 'account', streamId: 'a', version: 1 }],
      position: 1,
      events: [{ id: event?.id, type: 'Deposited' }],
    }
    for (const outcome of outcomes) if (outcome.outcome === 'seen') assert.deepEqual(outcome.receipt, receipt)
  })

  promise(
    'ES-23 the same key with another input is refused, and other principals and commands have keys of their own',
    async ({ open }) => {
      const engine = await open()
      const send = (command: CommandKey) => engine.events.commit({ appends: [to('account/a', null, sample())], command })
      assert.equal((await send(keyed('k'))).outcome, 'committed')
      assert.deepEqual(await send(keyed('k', { inputHash: 'h2' })), { outcome: 'key-reused' })
      assert.equal((await send(keyed('k', { principal: 'bert' }))).outcome, 'committed')
      assert.equal((await send(keyed('k', { command: 'Withdraw' }))).outcome, 'committed')
      assert.equal((await wholeLog(engine)).length, 3)
    },
  )

  promise('ES-24 a key is looked at before versions, conditions and event ids', async ({ open }) => {
    const engine = await open()
    const commit: Commit = {
      appends: [to('account/a', 0, sample('Opened', { tags: ['n:1'] }))],
      conditions: [nothingTagged('n:1')],
      command: keyed('k'),
    }
    await done(engine, commit)
    assert.equal((await engine.events.commit(commit)).outcome, 'seen')
    const decidedAgain = { ...commit, appends: [to('account/a', 0, sample('Opened', { tags: ['n:1'] }))] }
    assert.equal((await engine.events.commit(decidedAgain)).outcome, 'seen')
  })

  promise('ES-25 a command without events leaves a receipt too, and a refused one leaves none', async ({ open }) => {
    const engine = await open()
    await append(engine, 'account/a', sample())
    const nothing = { appends: [to('account/a', 1)], command: keyed('k') }
    const made = await done(engine, nothing)
    assert.deepEqual([made.first, made.last, made.versions], [0, 1, [1]])
    assert.deepEqual(await engine.events.commit(nothing), {
      outcome: 'seen',
      receipt: { streams: [{ category: 'account', streamId: 'a', version: 1 }], position: 1, events: [] },
    })
    const refused = { appends: [to('account/a', 0, sample())], command: keyed('other') }
    assert.equal((await engine.events.commit(refused)).outcome, 'conflict')
    assert.equal((await engine.events.commit({ ...refused, appends: [to('account/a', 1, sample())] })).outcome, 'committed')
  })

  promise('ES-26 a key whose time is over is new again', async ({ open }) => {
    let now = 1_000
    const engine = await open({ clock: () => now })
    const send = (inputHash: string) =>
      engine.events.commit({
        appends: [to('account/a', null, sample())],
        command: keyed('k', { inputHash, expiresAt: now + 500 }),
      })
    assert.equal((await send('h1')).outcome, 'committed')
    now = 1_499
    assert.equal((await send('h1')).outcome, 'seen')
    now = 1_500
    assert.equal((await send('h2')).outcome, 'committed')
    assert.equal((await send('h2')).outcome, 'seen')
    now = 1_700
    for (const _ of upTo(10)) await done(engine, { appends: [], command: keyed(v7(), { expiresAt: now }) })
    assert.equal((await send('h2')).outcome, 'seen')
  })
}
