import assert from 'node:assert/strict'
import type { Engine } from '../../ports/engine.ts'
import type { Commit } from '../../ports/event-store.ts'
import { consumerOf, letterOf, noteOf, timerOf } from './reactions.ts'
import { done, sample, to } from './samples.ts'
import type { Promised } from './suite.ts'

/** A commit with something of everything. */
function everything(): Commit {
  return {
    appends: [to('transfer/a', 0, sample())],
    checkpoints: [{ consumer: 'process/transfer', shard: 0, from: 0, to: 1 }],
    deadLetters: [{ letter: letterOf('order/a'), expected: null }],
    timers: [{ set: timerOf('a', 500) }],
    consumers: [{ consumer: consumerOf('process/transfer'), expected: null }],
    notes: [noteOf('event-1')],
  }
}

/** How much of it is in a store. */
async function found({ events, work, reactions }: Engine): Promise<readonly number[]> {
  return [
    (await events.head()).position,
    (await work.checkpoints('process/transfer')).get(0) ?? 0,
    (await reactions.deadLetters({ limit: 10 })).length,
    (await reactions.timers({ limit: 10 })).length,
    (await reactions.consumers()).length,
    (await reactions.notes({ limit: 10 })).length,
  ]
}

const all = [1, 1, 1, 1, 1, 1]
const nothing = [0, 0, 0, 0, 0, 0]

/** Promises about reactions and the rest of their commit. */
export function reactionCommitConformance(promise: Promised): void {
  promise('REACT-40 what is remembered is written with its commit, or not at all', async ({ open }) => {
    const engine = await open()
    const lost: readonly Commit[] = [
      { ...everything(), appends: [to('transfer/a', 3, sample())] },
      { ...everything(), checkpoints: [{ consumer: 'process/transfer', shard: 0, from: 5, to: 6 }] },
      { ...everything(), timers: [{ set: timerOf('a', 500) }, { fired: 'b', dueAt: 1 }] },
      {
        ...everything(),
        deadLetters: [
          { letter: letterOf('order/a'), expected: null },
          { remove: 'x', expected: 1 },
        ],
      },
      { ...everything(), consumers: [{ consumer: consumerOf('process/transfer'), expected: 'paused' }] },
    ]
    for (const commit of lost) {
      assert.notEqual((await engine.events.commit(commit)).outcome, 'committed')
      assert.deepEqual(await found(engine), nothing)
    }
    await done(engine, everything())
    assert.deepEqual(await found(engine), all)
  })

  promise('REACT-41 a commit whose lease has moved on writes none of it', async ({ open }) => {
    let now = 1_000
    const engine = await open({ clock: () => now })
    const first = await engine.work.lease('process/transfer', 'anna', 500)
    now = 2_000
    const second = await engine.work.lease('process/transfer', 'bert', 500)
    assert.ok(first && second)
    assert.equal((await engine.events.commit({ ...everything(), leases: [first] })).outcome, 'fenced')
    assert.deepEqual(await found(engine), nothing)
    await done(engine, { ...everything(), leases: [second] })
    assert.deepEqual(await found(engine), all)
  })

  promise(
    'REACT-42 all of it is there after the store was opened again',
    async ({ open, again }) => {
      const engine = await open()
      await done(engine, everything())
      await engine.close()
      assert.deepEqual(await found(await again(engine)), all)
    },
    'reopen',
  )
}
