/** Batches that follow each other over one connection without waiting for answers. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { append, outcomes, startRunner } from './batch-runner.fixture.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { proxyTo } from './proxy.fixture.ts'

const url = await newDatabase()
const proxy = await proxyTo(url)
let stores = 0

async function started() {
  const schema = `batches_${++stores}`
  const engine = await openPostgres(url, { schema })
  const runner = await startRunner(proxy.url, { schema })
  const end = async (): Promise<void> => {
    assert.deepEqual(await engine.verify(), [])
    await Promise.all([runner.close(), engine.close()])
  }
  return { engine, runner, end }
}

test('a batch that is refused harms neither its own neighbours nor the batch that was sent behind it', async () => {
  const { engine, runner, end } = await started()
  const made = await outcomes(
    runner,
    [append('a', 0), append('s', 7)],
    [append('b', 0), append('s', 1)],
    [append('c', null), append('d', 0)],
  )
  assert.deepEqual(made, [
    ['committed', 'conflict'],
    ['committed', 'committed'],
    ['committed', 'committed'],
  ])
  const { events } = await engine.events.readLog({ after: 0, limit: 10 })
  assert.deepEqual(events.map(({ streamId }) => streamId).sort(), ['a', 'b', 'c', 'd', 's', 's'])
  await end()
})

test('of two batches on the way that want the same version the first wins', async () => {
  const { runner, end } = await started()
  for (let version = 1; version <= 5; version++) {
    assert.deepEqual(await outcomes(runner, [append('s', version)], [append('s', version)]), [['committed'], ['conflict']])
  }
  await end()
})

test('a batch whose data the server refuses fails alone', async () => {
  const { runner, end } = await started()
  const [bad, good, later] = await outcomes(
    runner,
    [append('a', 0, 'no text: \u0000')],
    [append('b', 0)],
    [append('c', 0), { kind: 'lease', name: 'l', owner: 'o', ttlMs: 1_000 }],
  )
  assert.ok(bad?.[0] instanceof Error)
  assert.deepEqual([good?.[0], later?.[0]], ['committed', 'committed'])
  await end()
})

for (const fault of ['cut-before-commit', 'cut-after-commit'] as const) {
  test(`ES-20 batches that are on the way when the connection breaks are each made once: ${fault}`, async () => {
    const { engine, runner, end } = await started()
    for (let round = 0; round < 5; round++) {
      const before = (await engine.events.head()).position
      proxy.fault = fault
      const made = await outcomes(
        runner,
        [append(`a-${round}`, 0), append(`b-${round}`, null)],
        [append(`c-${round}`, 0), append('s', round + 1)],
        [append(`d-${round}`, null), append(`e-${round}`, 0)],
      )
      assert.deepEqual(made.flat(), Array(6).fill('committed'))
      assert.equal((await engine.events.head()).position, before + 6)
      assert.equal(proxy.fault, 'none')
    }
    await end()
  })
}
