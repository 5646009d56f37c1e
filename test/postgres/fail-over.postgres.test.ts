/** A server that only reads, as the old primary does after a fail-over that it did not notice. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openPostgres } from '../../src/postgres/index.ts'
import { proxyTo } from '../../src/postgres/proxy.fixture.ts'
import { untilTrue } from '../../src/runtime/reactions/eventually.fixture.ts'
import { append, samples } from '../../src/testing/conformance/samples.ts'
import { newCluster } from './cluster.fixture.ts'

test('a store on a server that only reads can be read, and is written as soon as its address is that of the primary', async () => {
  const primary = await newCluster()
  const origin = await openPostgres(primary.url)
  await append(origin, 'account/a', ...samples(1))
  await origin.close()
  const standby = await primary.copy('standby')
  const proxy = await proxyTo(standby.url)
  await using engine = await openPostgres(proxy.url, { timeoutMs: 1_000 })
  await assert.rejects(append(engine, 'account/b', ...samples(1)), {
    code: 'store-unavailable',
    message: /the server only reads; connect to the primary/,
  })
  const heads = await Promise.all(Array.from({ length: 20 }, () => engine.events.head()))
  assert.deepEqual(new Set(heads.map(({ position }) => position)), new Set([1]))
  // Connections that are open stay with the standby.
  proxy.server = primary.url
  await append(engine, 'account/c', ...samples(1))
  await untilTrue(async () => (await engine.events.head()).position === 2)
})
