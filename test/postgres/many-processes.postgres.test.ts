/**
 * Processes that write one log beside each other, some of which are killed, over connections some of which are cut, while a
 * forgotten transaction holds its snapshot: the log has no gap, holds what was acknowledged once, and whoever follows it
 * sees each event once and in order.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import pg from 'pg'
import type { StoredEvent } from '../../src/ports/event-store.ts'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { startWriter } from './processes.fixture.ts'

const url = await newDatabase()
const ms = 8_000

test('ES-61 many processes write one log without a gap, whatever is killed or cut', { timeout: 120_000 }, async () => {
  await using engine = await openPostgres(url)
  const forgotten = new pg.Client({ connectionString: url })
  await forgotten.connect()
  await forgotten.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM khata.event')

  const writers = Array.from({ length: 6 }, (_, i) => startWriter(url, 32, ms, `p${i}`))
  const [seen, stop] = follow(engine)

  const administrator = new pg.Client({ connectionString: url })
  await administrator.connect()
  const cut = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND application_name = 'khata' ORDER BY random() LIMIT 2`
  let killed = 0
  for (const start = performance.now(); performance.now() - start < ms - 1_000; ) {
    await pause(300 + Math.random() * 300)
    await administrator.query(cut)
    if (killed < 2 && performance.now() - start > (killed + 1) * 2_500) writers[killed++]?.child.kill('SIGKILL')
  }
  await administrator.end()
  for (const [index, { ended }] of writers.entries()) {
    const { code, said } = await ended
    if (index >= killed) assert.equal(code, 0, said)
  }
  await forgotten.query('ROLLBACK')
  await forgotten.end()

  const { position } = await engine.events.head()
  const log = await stop(position)
  assert.equal(log, seen)
  assert.deepEqual(
    log.map((event) => event.position),
    Array.from({ length: position }, (_, index) => index + 1),
  )
  const places = new Map(log.map(({ id, position }) => [id, position]))
  assert.equal(places.size, position)
  const acknowledged = writers.flatMap((writer) => writer.acknowledged)
  assert.ok(acknowledged.length > 500, `only ${acknowledged.length} commits`)
  for (const { first, ids } of acknowledged) {
    for (const [index, id] of ids.entries()) assert.equal(places.get(id), first + index)
  }
  const seats = log.filter(({ category }) => category === 'seat').flatMap(({ tags }) => tags)
  assert.equal(new Set(seats).size, seats.length, 'a seat was taken twice')
  assert.deepEqual(await engine.verify(), [])
})

/** Follows the log as a subscriber does; `stop` waits until it has seen a position. */
function follow(engine: Awaited<ReturnType<typeof openPostgres>>) {
  const seen: StoredEvent[] = []
  let until = Infinity
  let stirred: (() => void) | null = null
  engine.onCommit(() => stirred?.())
  const following = (async () => {
    for (let after = 0; after < until; ) {
      const page = await engine.events.readLog({ after, limit: 500 })
      seen.push(...page.events)
      after = page.scannedTo
      if (page.events.length > 0) continue
      await Promise.race([new Promise<void>((resolve) => (stirred = resolve)), pause(1_000)])
    }
  })()
  const stop = async (position: number): Promise<readonly StoredEvent[]> => {
    until = position
    await following
    return seen
  }
  return [seen, stop] as const
}
