import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'node:test'
import { serveJars, temporaryFolder, until } from './client.ts'
import { jarApp } from './jars.ts'

test('projections are listed, rebuilt with 202, and the rebuilt view takes over', async (t) => {
  const { send, get, request } = await serveJars(t)
  for (let coins = 1; coins <= 10; coins++) await send('PutIn', { jarId: 'kitchen', coins })
  const listed = await get('/api/projections')
  assert.deepEqual(
    listed.body.projections.map(({ name }: { name: string }) => name),
    ['jars'],
  )
  const asked = await request('/api/projections/jars/rebuild', { method: 'POST' })
  assert.equal(asked.status, 202)
  assert.equal(asked.headers.get('location'), '/api/projections/jars')
  await until(async () => {
    const { rebuild } = (await get('/api/projections/jars')).body
    return rebuild === null || rebuild.state === 'live'
  })
  assert.equal((await get('/api/queries/jars?id=kitchen')).body.data.coins, 55)
})

test('a rebuild is cancelled with 204, and unknown projections are 404', async (t) => {
  const file = join(temporaryFolder(t), 'jars.db')
  const first = await jarApp(t, { file })
  await first.projections.caughtUp()
  await first.close()
  // Nobody runs projections now, so that the rebuild cannot be done before it is cancelled.
  const { get, request } = await serveJars(t, {}, { file, runProjections: false })
  assert.equal((await request('/api/projections/jars/rebuild', { method: 'POST' })).status, 202)
  const twice = await request('/api/projections/jars/rebuild', { method: 'POST' })
  assert.deepEqual([twice.status, twice.body.code], [409, 'rebuild-running'])
  assert.equal((await request('/api/projections/jars/rebuild', { method: 'DELETE' })).status, 204)
  assert.equal((await get('/api/projections/jars')).body.rebuild?.state ?? 'cancelled', 'cancelled')
  for (const [method, path] of [
    ['GET', '/api/projections/nothing'],
    ['POST', '/api/projections/nothing/rebuild'],
    ['DELETE', '/api/projections/nothing/rebuild'],
  ] as const) {
    const { status, body } = await request(path, { method })
    assert.deepEqual([status, body.code], [404, 'unknown-projection'], `${method} ${path}`)
  }
})

test('probes say that the process lives, that it can work, and when it cannot', async (t) => {
  const { app, get } = await serveJars(t)
  assert.deepEqual((await get('/healthz')).body, { status: 'ok' })
  const ready = await get('/readyz')
  assert.equal(ready.status, 200)
  assert.equal(ready.body.ready, true)
  await app.close()
  const closed = await get('/readyz')
  assert.deepEqual([closed.status, closed.body], [503, { ready: false }])
  assert.ok(closed.headers.get('retry-after'))
  assert.equal((await get('/healthz')).status, 200)
  assert.match((await get('/metrics')).text, /^khata_store_up 0$/m)
})

test('a command to a closed app is 503 with Retry-After', async (t) => {
  const { app, send } = await serveJars(t)
  await app.close()
  const { status, headers, body } = await send('PutIn', { jarId: 'kitchen', coins: 1 })
  assert.deepEqual([status, body.code, headers.get('retry-after')], [503, 'closed', '1'])
})

test('metrics count commands by outcome, and names that a client made up do not become labels', async (t) => {
  const { send, get } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'idempotency-key': 'k' })
  await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'idempotency-key': 'k' })
  await send('TakeOut', { jarId: 'kitchen', coins: 4 })
  await send('TakeOut', { jarId: 'kitchen', coins: 'four' })
  for (let index = 0; index < 20; index++) await send(`Made${index}Up`, {})
  await get('/nothing/here')
  const { text, headers } = await get('/metrics')
  assert.equal(headers.get('content-type'), 'text/plain; version=0.0.4; charset=utf-8')
  const sample = (line: string): void => assert.ok(text.split('\n').includes(line), `${line} in\n${text}`)
  sample('khata_commands_total{command="PutIn",outcome="accepted"} 1')
  sample('khata_commands_total{command="PutIn",outcome="repeated"} 1')
  sample('khata_commands_total{command="TakeOut",outcome="rejected"} 1')
  sample('khata_commands_total{command="TakeOut",outcome="refused"} 1')
  sample('khata_commands_total{command="unknown",outcome="refused"} 20')
  sample('khata_command_duration_seconds_count{command="PutIn"} 2')
  sample('khata_command_duration_seconds_bucket{command="PutIn",le="+Inf"} 2')
  sample('khata_commands_in_flight 0')
  sample('khata_http_requests_total{method="GET",route="unknown",status="404"} 1')
  sample('khata_http_requests_in_flight 1')
  sample('khata_head_position 1')
  assert.doesNotMatch(text, /Made|nothing/)
  const lines = text.trimEnd().split('\n')
  for (const line of lines) assert.match(line, /^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{[^{}]+\})? -?[0-9.e+-]+)$/)
})
