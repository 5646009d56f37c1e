/**
 * Processes that write one log beside each other, some of which are killed, over connections some of which are cut, in the
 * middle of a commit too, beside transactions that are rolled back, while a forgotten one holds its snapshot: the log has no
 * gap, holds what was acknowledged once, in the order of the commits, and whoever follows it sees each event once and in
 * order.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import { type Connection, connect } from '../../src/postgres/connection.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { beginLocked } from '../../src/postgres/lock.ts'
import { settingsOf } from '../../src/postgres/options.ts'
import { proxyTo } from '../../src/postgres/proxy.fixture.ts'
import { untilTrue } from '../../src/runtime/reactions/eventually.fixture.ts'
import { type Cluster, newCluster } from './cluster.fixture.ts'
import { startFollower, startWriter } from './processes.fixture.ts'

const [processes, writersEach] = [8, 64]
/** How much trouble there must have been, and commits of each process that goes on through it. */
const enough = { killed: 3, cut: 20, faults: 20, rolledBack: 20, resumed: 3, commits: 500 }

/** The oldest part of the log's files must still be there when they are looked at. */
const keepsAll = ['max_wal_size=8GB', 'checkpoint_timeout=1h', 'wal_recycle=off']

async function clientOf(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, application_name: 'test' })
  await client.connect()
  return client
}

test(`ES-61 ${processes} processes with ${writersEach} writers each write one log without a gap, whatever is killed or cut`, async (t) => {
  const cluster = await newCluster(...keepsAll)
  await using engine = await openPostgres(cluster.url)
  const proxy = await proxyTo(cluster.url)
  const administrator = await clientOf(cluster.url)
  const [{ lsn: begin }] = (await administrator.query('SELECT pg_current_wal_lsn() AS lsn')).rows
  const forgotten = await clientOf(cluster.url)
  await forgotten.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM khata.event')

  const writers = Array.from({ length: processes }, (_, i) =>
    startWriter(i % 2 ? proxy.url : cluster.url, writersEach, `p${i}`),
  )
  const followers = [cluster.url, cluster.url, proxy.url].map(startFollower)
  const settings = settingsOf(cluster.url, {})
  const other = await connect(settings)

  const had = { killed: 0, cut: 0, faults: 0, rolledBack: 0, resumed: 0, commits: 0 }
  const living = () => writers.slice(had.killed)
  const isEnough = () => Object.entries(enough).every(([what, count]) => had[what as keyof typeof had] >= count)
  await untilTrue(() => writers.every(({ acknowledged }) => acknowledged.length > 0))
  const began = performance.now()
  for (let turn = 0; !isEnough(); turn++) {
    await pause(20 + Math.random() * 100)
    if (proxy.fault === 'none') proxy.fault = turn % 2 ? 'cut-before-commit' : 'cut-after-commit'
    if (turn % 3 === 0) had.cut += await cutSome(administrator, other)
    if (turn % 3 === 1) had.rolledBack += await rollBack(other, settings)
    if (turn % 10 === 8 && had.resumed < enough.resumed) await followers[had.resumed++ % 2]?.resume()
    if (turn % 10 === 9 && had.killed < enough.killed) await writers[had.killed++]?.kill()
    had.faults = proxy.faults()
    had.commits = Math.min(...living().map(({ acknowledged }) => acknowledged.length))
  }
  proxy.fault = 'none'
  const seconds = (performance.now() - began) / 1_000
  await Promise.all(living().map((writer) => writer.end()))

  const { position } = await engine.events.head()
  const { events: log } = await engine.events.readLog({ after: 0, limit: position + 1 })
  assert.deepEqual(
    log.map((event) => event.position),
    Array.from({ length: position }, (_, index) => index + 1),
  )
  const places = new Map(log.map(({ id, position }) => [id, position]))
  assert.equal(places.size, position)
  const acknowledged = writers.flatMap((writer) => writer.acknowledged)
  for (const { first, ids } of acknowledged) {
    for (const [index, id] of ids.entries()) assert.equal(places.get(id), first + index)
  }
  assert.deepEqual([...new Set(log.map(({ category }) => category))].sort(), ['load', 'seat'], 'what was rolled back')
  const seats = log.filter(({ category }) => category === 'seat').flatMap(({ tags }) => tags)
  assert.equal(new Set(seats).size, seats.length, 'a seat was taken twice')
  assert.ok(writers.some((writer) => writer.taken() > 0))
  assert.deepEqual(await engine.verify(), [])

  const all = log.map(({ id, position }) => [position, id])
  for (const { seen } of followers) {
    await untilTrue(() => seen.length >= position)
    assert.deepEqual(seen, all)
  }
  assert.deepEqual(await commitsOutOfOrder(cluster, begin, administrator), [])
  assert.deepEqual(await rowsChanged(administrator), [])
  t.diagnostic(`${acknowledged.length} commits in ${seconds.toFixed(1)} s: ${JSON.stringify(had)}`)
  await forgotten.query('ROLLBACK')
  await Promise.all([forgotten.end(), administrator.end(), other.close()])
})

/** Cuts some connections of engines, but not one; answers how many. */
async function cutSome(administrator: pg.Client, { backend }: Connection): Promise<number> {
  const { rowCount } = await administrator.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE application_name = 'khata' AND pid <> ${backend} ORDER BY random() LIMIT 2`)
  return rowCount ?? 0
}

/** Writes an event at the next position, as an engine would, and takes it back. */
async function rollBack(connection: Connection, settings: ReturnType<typeof settingsOf>): Promise<number> {
  await beginLocked(connection, settings, 'write')
  await connection.run(`INSERT INTO khata.event (position, id, recorded_at, version, schema_version, category, stream_id, type,
      metadata, data)
    SELECT max(position) + 1, gen_random_uuid(), max(recorded_at), 1, 1, 'rolled back', 'a', 'Happened', '{}', '{}'
    FROM khata.event`)
  await connection.run('ROLLBACK')
  return 1
}

/** Positions whose event was committed before that of the position ahead of them, by the server's own log. */
async function commitsOutOfOrder(cluster: Cluster, begin: string, client: pg.Client): Promise<readonly number[]> {
  const [{ lsn: end }] = (await client.query('SELECT pg_current_wal_flush_lsn() AS lsn')).rows
  const said = await cluster.ask('pg_waldump', '-p', 'data/pg_wal', '-s', begin, '-e', end, '-r', 'Transaction')
  const order = new Map([...said.matchAll(/tx: +(\d+),.* desc: COMMIT/g)].map(([, transaction], index) => [transaction, index]))
  const { rows } = await client.query('SELECT position::int, xmin::text AS transaction FROM khata.event ORDER BY position')
  const committed = rows.map(({ transaction }) => order.get(transaction) ?? -1)
  return rows.flatMap(({ position }, index) => {
    const [before = 0, own = -1] = [committed[index - 1], committed[index]]
    return own < before ? [position as number] : []
  })
}

/** Tables whose rows were changed: a row that each commit changes gets slower while an old snapshot keeps its versions. */
async function rowsChanged(client: pg.Client): Promise<readonly object[]> {
  const { rows } = await client.query(`SELECT relname, n_tup_upd, n_tup_del FROM pg_stat_user_tables
    WHERE schemaname = 'khata' AND n_tup_upd + n_tup_del > 0`)
  return rows
}
