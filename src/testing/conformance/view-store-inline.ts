import assert from 'node:assert/strict'
import type { Engine } from '../../ports/engine.ts'
import { newRevision, people, person, plain, write } from './documents.ts'
import { append, done, sample, samples, tally, to, upTo } from './samples.ts'
import type { Promised } from './suite.ts'

const people1 = people.generation

async function reached(engine: Engine, generation = people1): Promise<number> {
  return (await engine.work.checkpoints(`view/${generation}`)).get(0) ?? 0
}

/** Promises about inline views, whose documents are written by the commit that holds their events. */
export function inlineConformance(promise: Promised): void {
  promise(
    'VIEW-20 inline documents are written with the commit, at its last position, and the view moves to the new head',
    async ({ open }) => {
      const engine = await open()
      await engine.views.prepare(people)
      await engine.views.prepare(plain)
      const inline = [
        { generation: people1, documents: [person('a', { position: null })] },
        { generation: 'plain_1', documents: [] },
      ]
      const made = await done(engine, { appends: [to('account/a', 0, ...samples(2))], inline })
      assert.deepEqual(made.inline, [true, true])
      assert.equal((await engine.views.get(people1, ['a']))[0]?.position, 2)
      assert.deepEqual([await reached(engine), await reached(engine, 'plain_1')], [2, 2])
    },
  )

  promise('VIEW-21 a view that is not at the head is left alone, and the commit is made', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    await append(engine, 'account/a', sample())
    const inline = [{ generation: people1, documents: [person('a', { position: null, replaces: 99 })] }]
    const made = await done(engine, { appends: [to('account/a', 1, sample())], inline })
    assert.deepEqual(made.inline, [false])
    assert.deepEqual(await engine.views.get(people1, ['a']), [])
    assert.equal(await reached(engine), 0)

    await done(engine, { checkpoints: [{ consumer: `view/${people1}`, shard: 0, from: 0, to: 2 }] })
    const now = [{ generation: people1, documents: [person('a', { position: null })] }]
    assert.deepEqual((await done(engine, { appends: [to('account/a', 2, sample())], inline: now })).inline, [true])
    assert.equal(await reached(engine), 3)
  })

  promise('VIEW-22 a document that moved since it was folded refuses the whole commit', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const commit = (id: string, replaces: number, revision = newRevision()) =>
      engine.events.commit({
        appends: [to('account/a', null, sample())],
        inline: [{ generation: people1, documents: [person(id, { position: null, replaces, revision })] }],
      })
    const revision = newRevision()
    assert.equal((await commit('a', 0, revision)).outcome, 'committed')
    const moved = { outcome: 'document-moved', view: people1, id: 'a' }
    assert.deepEqual(await commit('a', 0), moved)
    assert.deepEqual(await commit('a', revision + 1_000), moved)
    assert.equal((await engine.events.head()).position, 1)
    assert.equal((await commit('a', revision)).outcome, 'committed')
    assert.deepEqual(await commit('b', 5), { ...moved, id: 'b' })
    assert.equal(await reached(engine), 2)
  })

  promise('VIEW-23 a commit without events moves no inline view', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const inline = [{ generation: people1, documents: [] }]
    assert.deepEqual((await done(engine, { inline })).inline, [false])
    assert.equal(await reached(engine), 0)
  })

  promise(
    'VIEW-24 commits that share a flush see each other: a view that takes part in all of them stays at the head',
    async ({ open }) => {
      const engine = await open()
      await engine.views.prepare(people)
      const outcomes = await Promise.all(
        upTo(100).map((i) =>
          engine.events.commit({
            appends: [to(`account/${i}`, 0, sample())],
            inline: [{ generation: people1, documents: [person(`p-${i}`, { position: null })] }],
          }),
        ),
      )
      assert.deepEqual(tally(outcomes), { committed: 100 })
      assert.equal(await reached(engine), 100)
      assert.equal(await engine.views.count(people1, []), 100)
      const left = await Promise.all([
        append(engine, 'account/plain', sample()),
        engine.events.commit({ appends: [to('account/late', 0, sample())], inline: [{ generation: people1, documents: [] }] }),
      ])
      assert.deepEqual(left[1].outcome === 'committed' && left[1].inline, [false])
      assert.equal(await reached(engine), 100)
    },
  )

  promise('VIEW-25 of many who fold one document at once one is taken at a time, and no change is lost', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const count = async (caller: number): Promise<void> => {
      for (;;) {
        const [stored] = await engine.views.get(people1, ['sum'])
        const body = String(Number(stored?.body ?? 0) + 1)
        const document = person('sum', { body, position: null, replaces: stored?.revision ?? 0 })
        const { outcome } = await engine.events.commit({
          appends: [to(`account/${caller}`, null, sample())],
          inline: [{ generation: people1, documents: [document] }],
        })
        if (outcome === 'committed') return
        assert.equal(outcome, 'document-moved')
      }
    }
    await Promise.all(upTo(30).map(count))
    const [stored] = await engine.views.get(people1, ['sum'])
    assert.deepEqual([stored?.body, stored?.position], ['30', 30])
  })

  promise('VIEW-26 a refused commit writes no documents', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    await append(engine, 'account/a', sample())
    const documents = [person('a')]
    const lost = await engine.events.commit({
      appends: [to('account/a', 0, sample())],
      documents: [{ generation: people1, documents }],
    })
    assert.equal(lost.outcome, 'conflict')
    assert.deepEqual(await engine.views.get(people1, ['a']), [])
    await write(engine, people, ...documents)
    assert.equal((await engine.views.get(people1, ['a'])).length, 1)
  })
}
