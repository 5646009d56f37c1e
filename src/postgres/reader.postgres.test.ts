/** Reads over a few shared connections: none of them is lost to what went wrong with a read, and no read goes on unseen. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { untilTrue } from '../runtime/reactions/eventually.fixture.ts'
import { connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { settingsOf } from './options.ts'
import { reader } from './reader.ts'

const settings = settingsOf(await newDatabase(), { timeoutMs: 1_000, poolSize: 1 })

async function started(): Promise<ReturnType<typeof reader>> {
  return reader(settings, 'test', await connect(settings))
}

test('a transaction that was left open and failed keeps nobody from reading', async () => {
  const reading = await started()
  await assert.rejects(reading.read((over) => over.run('BEGIN; SELECT 1 / 0')))
  assert.deepEqual(await reading.read((over) => over.once('SELECT 1')), [[1]])
  await reading.close()
})

test('a read that takes too long is cancelled at the server, asked once, and others read on', async () => {
  const reading = await started()
  const looker = await connect(settings)
  let asked = 0
  const slow = reading.read((over) => {
    asked++
    return over.once('SELECT pg_sleep(3600)')
  })
  const behind = reading.read((over) => over.once('SELECT 2'))
  await assert.rejects(slow, { code: 'store-unavailable', message: /took too long and was cancelled/ })
  assert.deepEqual(await behind, [[2]])
  assert.equal(asked, 1)
  const slept = `SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND state = 'active' AND query LIKE '%sleep(3600)' AND pid <> pg_backend_pid()`
  await untilTrue(async () => (await looker.once<[number]>(slept))[0]?.[0] === 0)
  await Promise.all([reading.close(), looker.close()])
})
