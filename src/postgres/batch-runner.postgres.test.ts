/** Batches that follow each other over one connection without waiting for answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { v7 } from 'uuid'
import { type BatchRunner, batchRunner } from './batch-runner.ts'
import { connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import type { Job, JobResult } from './job.ts'
import { knownVersions } from './known-versions.ts'
import { settingsOf } from './options.ts'
import { proxyTo } from './proxy.fixture.ts'
import { reader } from './reader.ts'
import { shapesOf } from './view-shape.ts'

const url = await newDatabase()
const proxy = await proxyTo(url)
let stores = 0

function append(streamId: string, expected: number | null, type = 'Happened'): Job {
  const rest = {
    schemaVersion: 1,
    data: '{}',
    metadata: '{}',
    tags: [],
    occurredAt: null,
    commandId: null,
    correlationId: null,
  }
  return { kind: 'commit', commit: { appends: [{ category: 'c', streamId, expected, events: [{ id: v7(), type, ...rest }] }] } }
}

/** A store with a runner of its own that is connected, and stream `s` at version 1. */
async function started() {
  const schema = `batches_${++stores}`
  const engine = await openPostgres(url, { schema })
  const settings = settingsOf(proxy.url, { schema })
  const reading = reader(settings, 'test', await connect(settingsOf(url, { schema })))
  const runner = batchRunner(settings, 'test', shapesOf(reading), knownVersions(), { waited: () => {} })
  await runner.perform([append('s', 0)])
  const end = async (): Promise<void> => {
    assert.deepEqual(await engine.verify(), [])
    await Promise.all([runner.close(), reading.close(), engine.close()])
  }
  return { engine, runner, end }
}

const outcomesOf = (results: readonly JobResult[]): unknown[] =>
  results.map((result) =>
    'failure' in result ? result.failure : result.answer && 'outcome' in result.answer && result.answer.outcome,
  )

async function outcomes(runner: BatchRunner, batches: readonly (readonly Job[])[]): Promise<unknown[][]> {
  return (await Promise.all(batches.map((jobs) => runner.perform(jobs)))).map(outcomesOf)
}

test('a batch that is refused harms neither its own neighbours nor the batch that was sent behind it', async () => {
  const { engine, runner, end } = await started()
  const made = await outcomes(runner, [
    [append('a', 0), append('s', 7)],
    [append('b', 0), append('s', 1)],
    [append('c', null), append('s', 2)],
  ])
  assert.deepEqual(made[0], ['committed', 'conflict'])
  assert.deepEqual(made[1], ['committed', 'committed'])
  assert.equal(made[2]?.[0], 'committed')
  const { events } = await engine.events.readLog({ after: 0, limit: 10 })
  assert.deepEqual(new Set(events.map(({ streamId }) => streamId)), new Set(['a', 'b', 'c', 's']))
  await end()
})

test('of two batches on the way that want the same version the first wins', async () => {
  const { runner, end } = await started()
  for (let version = 1; version <= 5; version++) {
    assert.deepEqual(await outcomes(runner, [[append('s', version)], [append('s', version)]]), [['committed'], ['conflict']])
  }
  await end()
})

test('a batch whose data the server refuses fails alone', async () => {
  const { runner, end } = await started()
  const [bad, good, later] = await Promise.all([
    runner.perform([append('a', 0, 'half a character: \u0000')]),
    runner.perform([append('b', 0)]),
    runner.perform([append('c', 0), { kind: 'lease', name: 'l', owner: 'o', ttlMs: 1_000 }]),
  ])
  assert.ok(bad[0] && 'failure' in bad[0])
  assert.deepEqual(outcomesOf(good), ['committed'])
  assert.deepEqual(outcomesOf(later).slice(0, 1), ['committed'])
  await end()
})

for (const fault of ['cut-before-commit', 'cut-after-commit'] as const) {
  test(`ES-20 batches that are on the way when the connection breaks are each made once: ${fault}`, async () => {
    const { engine, runner, end } = await started()
    for (let round = 0; round < 5; round++) {
      const before = (await engine.events.head()).position
      proxy.fault = fault
      const made = await outcomes(runner, [
        [append(`a-${round}`, 0), append(`b-${round}`, null)],
        [append(`c-${round}`, 0), append('s', round + 1)],
        [append(`d-${round}`, null), append(`e-${round}`, 0)],
      ])
      assert.deepEqual(made.flat(), Array(6).fill('committed'))
      assert.equal((await engine.events.head()).position, before + 6)
      assert.equal(proxy.fault, 'none')
    }
    await end()
  })
}
