/** Steps of the schema that take longer than anything else may. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { migrations } from './migrations/index.ts'
import { settingsOf } from './options.ts'

const timeoutMs = 50

/** A store in which no step was made yet, and whose next index takes longer than two of its time limits. */
async function slowStore() {
  const url = await newDatabase()
  const over = await connect(settingsOf(url, {}))
  await over.run(`CREATE FUNCTION be_slow() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(0.12); END';
    CREATE EVENT TRIGGER slow ON ddl_command_start WHEN TAG IN ('CREATE INDEX') EXECUTE FUNCTION be_slow()`)
  return { url, over }
}

test('a step that takes longer than any statement of a commit may is made', async () => {
  const { url, over } = await slowStore()
  await (await openPostgres(url, { timeoutMs })).close()
  const [row] = await over.once<[number]>('SELECT count(*) FROM khata.migration')
  assert.equal(row?.[0], migrations.length)
  await over.close()
})

test('who opens a store while another process changes its tables is told that, by whom and for how long', async () => {
  const { url, over } = await slowStore()
  const first = openPostgres(url)
  const atIt = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"
  while ((await over.once<[number]>(atIt))[0]?.[0] === 0);
  await assert.rejects(openPostgres(url, { timeoutMs }), {
    code: 'store-unavailable',
    message:
      /another process is changing the tables.*the lock for changing tables was not free within 50 ms: .*process \d+ \(user/,
  })
  await (await first).close()
  await (await openPostgres(url, { timeoutMs })).close()
  await over.close()
})
