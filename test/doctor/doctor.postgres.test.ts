/** What `khata doctor` finds, on stores where something is wrong on purpose. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openSqlite } from 'khata/sqlite'
import pg from 'pg'
import { v7 } from 'uuid'
import type { Engine } from '../../src/ports/engine.ts'
import type { Finding, Measure } from '../../src/ports/examination.ts'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { until } from '../../src/runtime/reactions/eventually.fixture.ts'
import { run, temporaryFolder } from '../cli/run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())

interface Examined {
  readonly code: number | null
  readonly findings: readonly Finding[]
  readonly measures: readonly Measure[]
}

async function examine(store: string, ...more: string[]): Promise<Examined> {
  const { code, stdout, stderr } = await run(['doctor', '--store', store, '--json', ...more], { folder: folder.path })
  assert.notEqual(stdout, '', stderr)
  const { ok, findings, measures } = JSON.parse(stdout)
  assert.equal(code, ok ? 0 : 1)
  return { code, findings, measures }
}

/** What was found, but for what the test's own server or disk may be like. */
const own = ({ findings }: Examined) => findings.filter(({ about }) => !['settings', 'disk', 'server'].includes(about))

async function append(engine: Engine): Promise<void> {
  const none = { occurredAt: null, commandId: null, correlationId: null }
  const event = { id: v7(), type: 'Rung', schemaVersion: 1, data: '{}', metadata: '{}', tags: [], ...none }
  await engine.events.commit({ appends: [{ category: 'bell', streamId: '1', expected: null, events: [event] }] })
}

test('a PostgreSQL store in which nothing is wrong has nothing but measures', async () => {
  const url = await newDatabase()
  await using engine = await openPostgres(url)
  await append(engine)
  const examined = await examine(url)
  assert.deepEqual(own(examined), [])
  const measured = (name: string) => examined.measures.find((one) => one.name === name)?.value
  assert.equal(measured('events'), 1)
  assert.equal(measured('fsync'), 'on')
  assert.ok(Number(measured('event')) > 0 && Number(measured('event, indexes')) > 0)
})

test('commands that only look make no store in a database that has none', async () => {
  const url = await newDatabase()
  const copy = ['copy', '--from', url, '--to', `sqlite:${folder.file('copy.db')}`]
  const named = [['doctor'], ['verify'], ['events'], ['export', folder.file('log.ndjson')]].map((one) => [
    ...one,
    '--store',
    url,
  ])
  for (const args of [...named, copy]) {
    const { code, stderr } = await run(args, { folder: folder.path })
    assert.equal(code, 3, stderr)
    assert.match(stderr, /There is no store in the schema "khata"/)
  }
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  const { rows } = await client.query("SELECT to_regnamespace('khata') AS found")
  assert.deepEqual(rows, [{ found: null }])
  await client.end()
})

test('a store of an older release is examined and stays as it is', async () => {
  const url = await newDatabase()
  await (await openPostgres(url)).close()
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('DELETE FROM khata.migration WHERE number = (SELECT max(number) FROM khata.migration)')
  const counted = async () => (await client.query('SELECT count(*) FROM khata.migration')).rows
  const before = await counted()
  const [finding, ...others] = own(await examine(url))
  assert.deepEqual(others, [])
  assert.match(finding?.found ?? '', /older release/)
  assert.deepEqual(await counted(), before)
  await client.end()
})

test('a missing index is named with the statement that makes it', async () => {
  const url = await newDatabase()
  await using _engine = await openPostgres(url)
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query('DROP INDEX khata.event_by_kind')
    const [finding, ...others] = own(await examine(url))
    assert.deepEqual(others, [])
    assert.equal(finding?.found, 'The index khata.event_by_kind is missing.')
    await client.query(finding?.advice.replace('Run: ', '') ?? '')
    assert.deepEqual(own(await examine(url)), [])
  } finally {
    await client.end()
  }
})

test('a backend that others wait for is named with what ends it', async () => {
  const url = await newDatabase()
  await using engine = await openPostgres(url, { timeoutMs: 120_000 })
  const looker = new pg.Client({ connectionString: url })
  await looker.connect()
  const holder = new pg.Client({ connectionString: url, application_name: 'forgotten prompt' })
  holder.on('error', () => {})
  await holder.connect()
  await holder.query('BEGIN; LOCK TABLE khata.event IN ACCESS EXCLUSIVE MODE')
  const waiting = append(engine)
  const long = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    AND clock_timestamp() - query_start > interval '1 second'`
  await until('it waits for long', async () => (await looker.query(long)).rows.length > 0)
  const { findings } = await examine(url)
  const finding = findings.find(({ about }) => about === 'blocking')
  assert.match(finding?.found ?? '', /^Backend \d+ \(.*forgotten prompt, idle in transaction\) blocks 1 others/)
  const pid = /^Backend (\d+)/.exec(finding?.found ?? '')?.[1]
  assert.match(finding?.advice ?? '', new RegExp(`pg_terminate_backend\\(${pid}\\)`))
  await Promise.all([holder.end(), looker.end()])
  await waiting
})

for (const kind of ['postgres', 'sqlite'] as const) {
  test(`what stands still or was stopped is found on ${kind}`, async () => {
    const store = kind === 'postgres' ? await newDatabase() : `sqlite:${folder.file('still.db')}`
    await using engine = kind === 'postgres' ? await openPostgres(store) : await openSqlite(folder.file('still.db'))
    for (let count = 0; count < 3; count++) await append(engine)
    const at = { changedAt: 1 }
    await engine.events.commit({
      consumers: [
        { consumer: { name: 'reactor/mail', state: 'running', reason: null, ...at }, expected: null },
        { consumer: { name: 'reactor/new', state: 'running', reason: null, ...at }, expected: null },
        { consumer: { name: 'reactor/crm', state: 'paused', reason: 'it moves', ...at }, expected: null },
      ],
      checkpoints: [
        { consumer: 'reactor/mail', shard: 0, from: 0, to: 1 },
        { consumer: 'reactor/new', shard: 0, from: 0, to: 3 },
        // Where it began: no lag.
        { consumer: 'reactor/new', shard: 1, from: 0, to: 2 },
      ],
    })
    const examined = await examine(store, ...(kind === 'sqlite' ? ['--deep'] : []))
    assert.equal(examined.code, 1)
    assert.deepEqual(
      own(examined).map(({ found }) => found),
      ['reactor/crm is paused: it moves.', 'reactor/mail stands still, 2 events behind.'],
    )
  })
}

test('a store that cannot be reached is no finding but an error without secrets', async () => {
  const { code, stderr } = await run(['doctor', '--store', 'postgres://mina:hidden@127.0.0.1:1/shop'])
  assert.equal(code, 3)
  assert.match(stderr, /the server cannot be reached/)
  assert.doesNotMatch(stderr, /hidden/)
})

test('the direct address of a server is refused for a store in a file', async () => {
  const environment = { KHATA_STORE_DIRECT: 'postgres://mina:hidden@127.0.0.1:1/shop' }
  const { code, stderr } = await run(['events', '--store', `sqlite:${folder.file('still.db')}`], { environment })
  assert.equal(code, 2)
  assert.match(stderr, /KHATA_STORE_DIRECT is for a store in PostgreSQL only/)
})
