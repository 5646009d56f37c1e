import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { migrations } from './migrations/index.ts'
import { settingsOf } from './options.ts'

const url = await newDatabase()
const over = await connect(settingsOf(url, {}))

test('many who open a new store at once make it once, and it has one identity', async () => {
  const engines = await Promise.all(Array.from({ length: 8 }, () => openPostgres(url)))
  const ids = await Promise.all(engines.map(async (engine) => (await engine.identity()).storeId))
  assert.equal(new Set(ids).size, 1)
  for (const engine of engines) await engine.close()
  const [row] = await over.once<[number]>('SELECT count(*) FROM khata.migration')
  assert.equal(row?.[0], migrations.length)
})

test('events cannot be changed, deleted or truncated, by whatever statement', async () => {
  const event = { type: 'Happened', schemaVersion: 1, data: '{}', metadata: '{}', tags: ['t'] }
  const none = { occurredAt: null, commandId: null, correlationId: null }
  await using engine = await openPostgres(url)
  const events = [{ id: '019a2036-0000-7000-8000-000000000001', ...event, ...none }]
  await engine.events.commit({ appends: [{ category: 'account', streamId: 'a', expected: 0, events }] })
  const before = await engine.events.readLog({ after: 0, limit: 10 })
  const attempts = [
    "UPDATE khata.event SET data = '{}'",
    'DELETE FROM khata.event WHERE position = 1',
    'TRUNCATE khata.event',
    "UPDATE khata.event_tag SET tag = 'other'",
    'DELETE FROM khata.event_tag',
    'TRUNCATE khata.event_tag',
  ]
  for (const attempt of attempts) await assert.rejects(over.once(attempt), /events are never/, attempt)
  await assert.rejects(
    over.once(`INSERT INTO khata.event SELECT * FROM khata.event ON CONFLICT (position) DO UPDATE SET data = '{"x":1}'`),
    /events are never/,
  )
  assert.deepEqual(await engine.events.readLog({ after: 0, limit: 10 }), before)
  assert.deepEqual(await engine.verify(), [])
})

test('people see events as jsonb with times', async () => {
  const rows = await over.once<[string, string]>("SELECT data->>'none', recorded_at::date::text FROM khata.events")
  assert.equal(rows.length, 1)
})

test('who may not change tables makes no store, and is told when one is of an older release', async () => {
  const schema = 'kept'
  const there = async (): Promise<unknown> =>
    (await over.once<[string | null]>(`SELECT to_regnamespace('${schema}')::text`))[0]?.[0]
  for (const tables of ['keep', 'update'] as const) {
    await assert.rejects(openPostgres(url, { schema, tables }), {
      code: 'store-unavailable',
      message: /There is no store in the schema "kept"/,
    })
    assert.equal(await there(), null)
  }
  await (await openPostgres(url, { schema })).close()
  const found = migrations.length - 1
  await over.once(`DELETE FROM ${schema}.migration WHERE number > $1`, [found])
  await assert.rejects(openPostgres(url, { schema, tables: 'keep' }), {
    code: 'store-older',
    detail: { found, known: found + 1 },
  })
  const [count] = await over.once<[number]>(`SELECT count(*) FROM ${schema}.migration`)
  assert.equal(count?.[0], found)
})

test('a store of a newer release, and one whose steps were changed, are not opened', async () => {
  const [number] = [migrations.length + 1]
  await over.once("INSERT INTO khata.migration VALUES ($1, 'future', 'x', 0)", [number])
  await assert.rejects(openPostgres(url), { code: 'store-newer', detail: { found: number, known: number - 1 } })
  await over.once('DELETE FROM khata.migration WHERE number = $1', [number])
  await over.once("UPDATE khata.migration SET checksum = 'x' WHERE number = 1")
  await assert.rejects(openPostgres(url), { code: 'store-damaged' })
})

test('a server that is not there, a database that is not there and a wrong option are told in one sentence', async () => {
  await assert.rejects(openPostgres('postgres://nobody:secret@127.0.0.1:1/none'), (error: Error & { code?: string }) => {
    assert.equal(error.code, 'store-unavailable')
    assert.match(error.message, /cannot be reached/)
    assert.doesNotMatch(error.message, /secret/)
    return true
  })
  const missing = new URL(url)
  missing.pathname = '/khata_is_not_there'
  await assert.rejects(openPostgres(missing.href), { code: 'store-unavailable', message: /createdb/ })
  await assert.rejects(openPostgres('mysql://x/y'), { code: 'setting' })
  await assert.rejects(openPostgres(url, { pool: 3 } as object), { code: 'setting', message: /no option "pool"/ })
  await over.close()
})
