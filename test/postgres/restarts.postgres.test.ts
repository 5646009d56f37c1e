/** A server that falls over under load, again and again: nothing that was acknowledged is lost, nothing is there twice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { openPostgres } from '../../src/postgres/index.ts'
import { untilTrue } from '../../src/runtime/reactions/eventually.fixture.ts'
import { newCluster } from './cluster.fixture.ts'
import { startWriter } from './processes.fixture.ts'

const rounds = Number(process.env['KHATA_TEST_RESTARTS'] ?? 20)

test('ES-64 a server that is stopped hard under load loses nothing acknowledged', async () => {
  const cluster = await newCluster()
  await (await openPostgres(cluster.url)).close()
  const writers = Array.from({ length: 2 }, (_, i) => startWriter(cluster.url, 16, `p${i}`))
  const done = () => writers.map(({ acknowledged }) => acknowledged.length)
  for (let round = 0; round < rounds; round++) {
    const before = done()
    await untilTrue(() => done().every((count, index) => count > (before[index] ?? 0) + 50))
    await pause(Math.random() * 300)
    await cluster.stopHard()
    await cluster.start()
  }
  await Promise.all(writers.map((writer) => writer.end()))
  await using engine = await openPostgres(cluster.url)
  const { position } = await engine.events.head()
  const { events } = await engine.events.readLog({ after: 0, limit: position + 1 })
  assert.equal(events.length, position)
  const places = new Map(events.map((event) => [event.id, event.position]))
  assert.equal(places.size, position)
  for (const { first, ids } of writers.flatMap((writer) => writer.acknowledged)) {
    for (const [index, id] of ids.entries()) assert.equal(places.get(id), first + index)
  }
  assert.deepEqual(await engine.verify(), [])
})
