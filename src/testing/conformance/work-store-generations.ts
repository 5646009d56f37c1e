import assert from 'node:assert/strict'
import type { Generation, GenerationState } from '../../ports/work-store.ts'
import { done } from './samples.ts'
import type { Promised } from './suite.ts'

function generation(id: string, state: GenerationState, given: Partial<Generation> = {}): Generation {
  return { id, view: 'balances', version: 1, fingerprint: 'f', state, startedAt: 1, changedAt: 1, error: null, ...given }
}

function checkpoint(id: string, from: number, to: number, shard = 0) {
  return { consumer: `view/${id}`, shard, from, to }
}

/** Promises about the generations of views. */
export function generationConformance(promise: Promised): void {
  promise('WORK-20 generations are kept by view, oldest first, and change their state', async ({ open }) => {
    const engine = await open()
    const [a, b, c] = [
      generation('b_1', 'live'),
      generation('b_2', 'building', { version: 2, startedAt: 5 }),
      generation('s_1', 'requested', { view: 'stock', startedAt: 3 }),
    ]
    await done(engine, { generations: [a, b, c].map((each) => ({ generation: each, expected: null })) })
    assert.deepEqual(await engine.work.generations('balances'), [a, b])
    assert.deepEqual(await engine.work.generations(), [a, c, b])
    const failed = { ...b, state: 'failed', error: 'handler threw', changedAt: 9 } as const
    await done(engine, { generations: [{ generation: failed, expected: 'building' }] })
    assert.deepEqual(await engine.work.generations('balances'), [a, failed])
    assert.deepEqual(await engine.work.generations('nothing'), [])
  })

  promise('WORK-21 a generation that is not in the expected state makes the commit stale', async ({ open }) => {
    const engine = await open()
    await done(engine, { generations: [{ generation: generation('b_1', 'building'), expected: null }] })
    const attempt = (id: string, expected: GenerationState | null) =>
      engine.events.commit({
        generations: [{ generation: generation(id, 'live'), expected }],
        checkpoints: [checkpoint(id, 0, 3)],
      })
    assert.deepEqual(await attempt('b_1', null), { outcome: 'stale', what: 'generation b_1' })
    assert.deepEqual(await attempt('b_1', 'live'), { outcome: 'stale', what: 'generation b_1' })
    assert.deepEqual(await attempt('b_2', 'building'), { outcome: 'stale', what: 'generation b_2' })
    assert.deepEqual(await engine.work.checkpoints('view/b_1'), new Map())
    assert.equal((await attempt('b_1', 'building')).outcome, 'committed')
  })

  promise('WORK-22 a generation takes over in one step, and never when it is behind the one it replaces', async ({ open }) => {
    const engine = await open()
    const [live, next] = [generation('b_1', 'live'), generation('b_2', 'building', { version: 2 })]
    await done(engine, {
      generations: [live, next].map((each) => ({ generation: each, expected: null })),
      checkpoints: [checkpoint('b_1', 0, 10), checkpoint('b_2', 0, 9)],
    })
    const takeOver = {
      generations: [
        { generation: { ...next, state: 'live' } as const, expected: 'building', notBehind: 'b_1' } as const,
        { generation: { ...live, state: 'retired' } as const, expected: 'live' } as const,
      ],
    }
    assert.equal((await engine.events.commit(takeOver)).outcome, 'stale')
    assert.deepEqual(await engine.work.generations('balances'), [live, next])
    const [caughtUp, tookOver] = await Promise.all([
      engine.events.commit({ checkpoints: [checkpoint('b_2', 9, 10)] }),
      engine.events.commit(takeOver),
    ])
    assert.deepEqual([caughtUp.outcome, tookOver.outcome], ['committed', 'committed'])
    assert.deepEqual(
      (await engine.work.generations('balances')).map(({ state }) => state),
      ['retired', 'live'],
    )
  })

  promise('WORK-23 how far a generation is, is the least of its shards', async ({ open }) => {
    const engine = await open()
    const [live, next] = [generation('b_1', 'live'), generation('b_2', 'building', { version: 2 })]
    await done(engine, {
      generations: [live, next].map((each) => ({ generation: each, expected: null })),
      checkpoints: [checkpoint('b_1', 0, 10), checkpoint('b_2', 0, 12, 0), checkpoint('b_2', 0, 9, 1)],
    })
    const takeOver = {
      generations: [{ generation: { ...next, state: 'live' } as const, expected: 'building', notBehind: 'b_1' } as const],
    }
    assert.equal((await engine.events.commit(takeOver)).outcome, 'stale')
    await done(engine, { checkpoints: [checkpoint('b_2', 9, 10, 1)] })
    assert.equal((await engine.events.commit(takeOver)).outcome, 'committed')
  })

  promise('WORK-24 a shard that a commit has named counts from then on, also at 0', async ({ open }) => {
    const engine = await open()
    const [live, next] = [generation('b_1', 'live'), generation('b_2', 'building', { version: 2 })]
    const shards = (id: string) => [0, 1, 2].map((shard) => checkpoint(id, 0, 0, shard))
    await done(engine, {
      generations: [live, next].map((each) => ({ generation: each, expected: null })),
      checkpoints: [...shards('b_1'), ...shards('b_2')],
    })
    assert.deepEqual(
      await engine.work.checkpoints('view/b_1'),
      new Map([
        [0, 0],
        [1, 0],
        [2, 0],
      ]),
    )
    await done(engine, { checkpoints: [checkpoint('b_2', 0, 12, 0), checkpoint('b_2', 0, 12, 2)] })
    await done(engine, { checkpoints: [0, 1, 2].map((shard) => checkpoint('b_1', 0, 4, shard)) })
    const takeOver = {
      generations: [{ generation: { ...next, state: 'live' } as const, expected: 'building', notBehind: 'b_1' } as const],
    }
    assert.equal((await engine.events.commit(takeOver)).outcome, 'stale')
    await done(engine, { checkpoints: [checkpoint('b_2', 0, 4, 1)] })
    assert.equal((await engine.events.commit(takeOver)).outcome, 'committed')
  })
}
