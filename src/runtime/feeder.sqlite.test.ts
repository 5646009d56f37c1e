import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { projection } from '../index.ts'
import type { Commit } from '../ports/index.ts'
import type { AnyApp } from './app.ts'
import { purse } from './ledger.fixture.ts'
import { sharedStore, watching } from './shards.fixture.ts'

const add = (app: AnyApp, purseId: string) => app.execute('Add', { purseId, amount: 1 })

const bytesOf = ({ documents = [] }: Commit): number =>
  documents.flatMap((write) => write.documents).reduce((sum, { body }) => sum + (body?.length ?? 0), 0)

test('a page that changes more documents than are held loses no change', async (t) => {
  const wide = projection('wide', {
    from: [purse],
    document: z.object({ moves: z.int() }),
    key: ({ streamId }) => (streamId === 'narrow' ? streamId : Array.from({ length: 1_000 }, (_, n) => `${streamId}/${n}`)),
    on: { MoneyAdded: (document) => ({ moves: (document?.moves ?? 0) + 1 }) },
  })
  const store = sharedStore(t)
  const writing = await store.app([purse, wide], undefined, { runProjections: false })
  for (let n = 0; n < 22; n++) await add(writing, `w${n}`)
  await Promise.all(Array.from({ length: 978 }, () => add(writing, 'narrow')))
  // In the next page: those that are held no more while they are on their way to the disk.
  for (let n = 0; n < 3; n++) await add(writing, `w${n}`)
  const app = await store.app([purse, wide])
  await app.projections.caughtUp({ waitMs: 60_000 })
  assert.deepEqual(await app.projections.verify('wide'), [])
  assert.equal((await app.view('wide').get('w0/0'))?.['moves'], 2)
})

test('documents are written before what waits is too much for the store', async (t) => {
  const large = projection('large', {
    from: [purse],
    document: z.object({ text: z.string() }),
    key: ({ streamId }) => (streamId === 'many' ? Array.from({ length: 200 }, (_, n) => `many/${n}`) : streamId),
    on: { MoneyAdded: () => ({ text: 'x'.repeat(100_000) }) },
  })
  const store = sharedStore(t)
  const writing = await store.app([purse, large], undefined, { runProjections: false })
  for (let n = 0; n < 200; n++) await add(writing, `p${n}`)
  await add(writing, 'many')
  const commits: Commit[] = []
  const app = await store.app([purse, large], (engine) =>
    watching(engine, (commit, go) => {
      commits.push(commit)
      return go()
    }),
  )
  await app.projections.caughtUp({ waitMs: 60_000 })
  const limit = 8 * 1024 * 1024
  const larger = commits.filter((commit) => bytesOf(commit) > limit)
  // The documents of one event are written together, whatever they are.
  assert.deepEqual(
    new Set(larger.flatMap(({ checkpoints = [] }) => checkpoints.map(({ from, to }) => to - from))),
    new Set([1]),
  )
  assert.equal(await app.view('large').count(), 400)
  assert.deepEqual(await app.projections.verify('large'), [])
})
