import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { settingsOf } from './options.ts'

const url = await newDatabase()

test('a generation whose table somebody reads is not waited for, and is removed later', async () => {
  await using engine = await openPostgres(url, { timeoutMs: 600_000 })
  const reader = await connect(settingsOf(url, {}))
  await engine.views.prepare({ generation: 'read_1', fields: [], indexes: [], search: false })
  await reader.run('BEGIN')
  await reader.run('SELECT count(*) FROM khata.view_read_1')
  await assert.rejects(engine.views.drop('read_1'), { code: 'store-unavailable' })
  assert.equal(await engine.views.count('read_1', []), 0)
  await reader.run('COMMIT')
  await reader.close()
  await engine.views.drop('read_1')
  await assert.rejects(engine.views.count('read_1', []), { code: 'usage' })
})
