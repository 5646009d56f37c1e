/** What is assumed of the store is guarded: each commit here would be assumed to succeed, and must not. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { v7 } from 'uuid'
import type { Engine } from '../ports/engine.ts'
import type { Commit, CommitOutcome, NewEvent } from '../ports/event-store.ts'
import type { DocumentWrite } from '../ports/view-store.ts'
import { sample } from '../testing/conformance/samples.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'

const url = await newDatabase()

const event = (tags: readonly string[] = []): NewEvent => sample('Happened', { tags })

const to = (streamId: string, expected: number | null, ...events: NewEvent[]): Commit => ({
  appends: [{ category: 'account', streamId, expected, events }],
})

function document(replaces: number): DocumentWrite {
  return { id: 'd', body: '{}', fields: [], text: null, position: null, replaces, revision: 7 }
}

/** A store with a stream of one event, a checkpoint at 1, a lease, a key that was seen, and a view at the head. */
async function filled(): Promise<{ readonly engine: Engine; readonly token: number }> {
  const engine = await openPostgres(url, { schema: `store_${v7().slice(-12)}` })
  await engine.views.prepare({ generation: 'v_1', fields: [], indexes: [], search: false })
  const lease = await engine.work.lease('l', 'anna', 60_000)
  await engine.events.commit({
    ...to('a', 0, event(['x'])),
    checkpoints: [{ consumer: 'c', shard: 0, from: 0, to: 1 }],
    command: { principal: 'p', command: 'C', key: 'k', inputHash: 'h', expiresAt: null },
    inline: [{ generation: 'v_1', documents: [document(0)] }],
  })
  return { engine, token: lease?.token ?? 0 }
}

const cases: readonly (readonly [name: string, commit: (token: number) => Commit, outcome: Partial<CommitOutcome>])[] = [
  ['a version that is too low', () => to('a', 0, event()), { outcome: 'conflict', clause: 'moved-on', actual: 1 }],
  ['a version that is too high', () => to('a', 5, event()), { outcome: 'conflict', clause: 'moved-on', actual: 1 }],
  ['a stream that is only guarded', () => to('a', 2), { outcome: 'conflict', clause: 'moved-on', actual: 1 }],
  ['a checkpoint', () => ({ checkpoints: [{ consumer: 'c', shard: 0, from: 0, to: 5 }] }), { outcome: 'stale' }],
  [
    'a checkpoint that is not there',
    () => ({ checkpoints: [{ consumer: 'd', shard: 3, from: 1, to: 5 }] }),
    { outcome: 'stale' },
  ],
  ['a lease', (token) => ({ leases: [{ name: 'l', token: token + 1 }], ...to('b', 0, event()) }), { outcome: 'fenced' }],
  [
    'a condition',
    () => ({ ...to('b', 0, event()), conditions: [{ query: [{ tags: ['x'] }], after: 0, clause: 'taken' }] }),
    { outcome: 'conflict', clause: 'taken', condition: 0 },
  ],
  [
    'a key',
    () => ({ ...to('b', 0, event()), command: { principal: 'p', command: 'C', key: 'k', inputHash: 'h', expiresAt: null } }),
    { outcome: 'seen' },
  ],
  [
    'a revision',
    () => ({ ...to('b', 0, event()), inline: [{ generation: 'v_1', documents: [document(6)] }] }),
    { outcome: 'document-moved', view: 'v_1', id: 'd' },
  ],
]

for (const [name, commit, outcome] of cases) {
  test(`${name} that is not as assumed is answered truly, and nothing is written`, async () => {
    const { engine, token } = await filled()
    const given = await engine.events.commit(commit(token))
    assert.deepEqual({ ...given, ...outcome }, given)
    assert.equal((await engine.events.head()).position, 1)
    assert.deepEqual(await engine.work.checkpoints('c'), new Map([[0, 1]]))
    await engine.close()
  })
}

test('a view that is not at the head takes no part, though it was assumed to', async () => {
  const { engine } = await filled()
  await engine.events.commit(to('b', 0, event()))
  const made = await engine.events.commit({ ...to('b', 1, event()), inline: [{ generation: 'v_1', documents: [document(7)] }] })
  assert.deepEqual(made.outcome === 'committed' && made.inline, [false])
  assert.deepEqual(await engine.work.checkpoints('view/v_1'), new Map([[0, 1]]))
  await engine.close()
})

test('what is assumed is counted from the head that is there, whoever moved it', async () => {
  const schema = `store_${v7().slice(-12)}`
  const [a, b] = [await openPostgres(url, { schema }), await openPostgres(url, { schema })]
  for (let round = 0; round < 5; round++) {
    for (const [name, one] of Object.entries({ a, b })) {
      const before = (await one.events.head()).position
      const made = await one.events.commit({
        ...to(name, round, event([`from:${name}`])),
        command: { principal: 'p', command: 'C', key: `${name}${round}`, inputHash: 'h', expiresAt: null },
      })
      assert.deepEqual(made.outcome === 'committed' && [made.first, made.last], [before + 1, before + 1])
      const receipt = await one.work.receipt({ principal: 'p', command: 'C', key: `${name}${round}` })
      assert.equal(receipt?.receipt.position, before + 1)
    }
  }
  assert.deepEqual(await a.verify(), [])
  for (const one of [a, b]) await one.close()
})
