/** The contracts through a pooler in transaction mode that knows no prepared statements: no state of a session is used. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine, EngineOptions } from '../../src/ports/engine.ts'
import { append, outcomes, startRunner } from '../../src/postgres/batch-runner.fixture.ts'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { eventStoreConformance, viewStoreConformance, workStoreConformance } from '../../src/testing/conformance/index.ts'
import { sample } from '../../src/testing/conformance/samples.ts'
import { pooled } from './pgbouncer.fixture.ts'

const direct = await newDatabase()
const url = await pooled(direct)
const schemas = new WeakMap<Engine, string>()
let stores = 0

async function openIn(schema: string, options?: EngineOptions): Promise<Engine> {
  const engine = await openPostgres(url, { ...options, schema, prepare: false })
  schemas.set(engine, schema)
  return engine
}

const open = (options?: EngineOptions): Promise<Engine> => openIn(`store_${++stores}`, options)
const options = {
  name: 'pgbouncer',
  reopen: (engine: Engine, given?: EngineOptions) => openIn(schemas.get(engine) ?? '', given),
}

eventStoreConformance(open, options)
viewStoreConformance(open, options)
workStoreConformance(open, options)

test('a direct connection beside the pooled one hears of commits of others', async () => {
  const schema = `store_${++stores}`
  await using engine = await openPostgres(`${url}?pgbouncer=true`, { schema, direct })
  await using other = await openPostgres(url, { schema, prepare: false })
  const heard = new Promise<void>((resolve) => engine.onCommit(() => resolve()))
  const events = [sample()]
  await other.events.commit({ appends: [{ category: 'a', streamId: 's', expected: 0, events }] })
  await heard
  assert.equal((await engine.events.head()).position, 1)
})

test('batches that are sent without waiting for answers are answered in order, whichever server connection they get', async () => {
  const schema = `store_${++stores}`
  await using engine = await openIn(schema)
  const runner = await startRunner(url, { schema, prepare: false })
  for (let round = 0; round < 20; round++) {
    const made = await outcomes(
      runner,
      [append(`a-${round}`, 0), append('s', 2 * round + 1)],
      [append(`b-${round}`, 0), append('t', round)],
      [append(`c-${round}`, null), append('s', 2 * round + 2)],
    )
    assert.deepEqual(made.flat(), Array(6).fill('committed'))
  }
  assert.equal((await engine.events.head()).position, 1 + 20 * 6)
  assert.deepEqual(await engine.verify(), [])
  await runner.close()
})
