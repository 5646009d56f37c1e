import assert from 'node:assert/strict'
import { request as httpRequest } from 'node:http'
import { test } from 'node:test'
import { createHttp, type HttpOptions } from '../../src/http/index.ts'
import { serveJars } from './client.ts'
import { jarApp } from './jars.ts'

/** `fetch` does not let a Host header through. */
function withHost(url: string, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { headers: { host } }, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}

test('on loopback only loopback names and allowed hosts are answered', async (t) => {
  const { server } = await serveJars(t, { allowedHosts: ['khata.test', 'other.test:8080'] })
  const statusOf = (host: string): Promise<number> => withHost(`${server.url}/healthz`, host)
  for (const host of [
    'localhost',
    'LOCALHOST:1',
    `127.0.0.1:${server.port}`,
    '[::1]:3000',
    'khata.test:99',
    'other.test:8080',
  ]) {
    assert.equal(await statusOf(host), 200, host)
  }
  for (const host of ['evil.test', 'localhost.evil.test', '127.0.0.1.evil.test', 'other.test', 'other.test:81', '10.0.0.1']) {
    assert.equal(await statusOf(host), 421, host)
  }
})

test('a foreign web page is refused, an allowed one gets the headers its browser asks for', async (t) => {
  const { server, send, get, request, app } = await serveJars(t, { allowedOrigins: ['https://shop.example'] })
  for (const origin of ['https://evil.example', 'null', `http://localhost:${server.port + 1}`, 'https://shop.example.evil']) {
    const { status, body, headers } = await send('PutIn', { jarId: 'kitchen', coins: 1 }, { origin })
    assert.deepEqual([status, body.code], [403, 'origin-not-allowed'], origin)
    assert.equal(headers.get('access-control-allow-origin'), null)
    assert.equal((await get('/api/events', { origin })).status, 403)
  }
  assert.equal((await app.events.head()).position, 0)
  assert.equal((await send('PutIn', { jarId: 'kitchen', coins: 1 }, { origin: server.url })).status, 200)
  const allowed = await send('PutIn', { jarId: 'kitchen', coins: 1 }, { origin: 'https://shop.example' })
  assert.equal(allowed.status, 200)
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://shop.example')
  assert.match(allowed.headers.get('access-control-expose-headers') ?? '', /Khata-Position/)
  const preflight = await request('/api/commands/PutIn', {
    method: 'OPTIONS',
    headers: { origin: 'https://shop.example', 'access-control-request-method': 'POST' },
  })
  assert.equal(preflight.status, 204)
  assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /Idempotency-Key/)
})

test('without allowed origins there is no CORS header at all', async (t) => {
  const { server, request, get } = await serveJars(t)
  for (const answer of [
    await get('/api/events', { origin: server.url }),
    await request('/api/commands/PutIn', { method: 'OPTIONS', headers: { origin: server.url } }),
  ]) {
    assert.deepEqual(
      [...answer.headers.keys()].filter((name) => name.startsWith('access-control')),
      [],
    )
  }
})

test('every answer carries the security headers, failures too', async (t) => {
  const { get } = await serveJars(t)
  for (const path of [
    '/',
    '/docs',
    '/api/events',
    '/nothing',
    '/api/streams/%ff/x',
    '/api/queries/nothing',
    '/docs/start.js',
  ]) {
    const { headers } = await get(path)
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path)
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'none'.*frame-ancestors 'none'/, path)
    assert.equal(headers.get('referrer-policy'), 'no-referrer', path)
  }
})

const people: Record<string, { id: string; roles: string[] }> = {
  'Bearer ann': { id: 'ann', roles: ['operate'] },
  'Bearer bob': { id: 'bob', roles: [] },
}

test('with authentication strangers get 401 everywhere but on probes and descriptions', async (t) => {
  const { get, send, request, app } = await serveJars(t, {
    authenticate: (asking) => people[asking.headers.authorization ?? ''] ?? null,
  })
  for (const path of ['/api/events', '/api/queries/jars', '/api/streams/jar/x', '/api/projections', '/metrics']) {
    const { status, body, headers } = await get(path)
    assert.deepEqual([status, body.code], [401, 'unauthenticated'], path)
    assert.ok(headers.get('www-authenticate'))
  }
  assert.equal((await send('PutIn', { jarId: 'kitchen', coins: 1 })).status, 401)
  assert.equal((await request('/api/projections/jars/rebuild', { method: 'POST' })).status, 401)
  for (const path of ['/healthz', '/readyz', '/openapi.json', '/docs', '/']) assert.equal((await get(path)).status, 200, path)
  assert.deepEqual((await get('/readyz')).body, { ready: true })
  assert.equal((await app.events.head()).position, 0)
  const bob = await send('PutIn', { jarId: 'kitchen', coins: 1 }, { authorization: 'Bearer bob' })
  assert.equal(bob.status, 200)
  assert.equal((await app.events.stream('jar', 'kitchen'))[0]?.metadata.principal, 'bob')
})

test("the app's policy is asked for every command, query, stream, feed and operation, with the user", async (t) => {
  const asked: string[] = []
  const { get, send, request } = await serveJars(
    t,
    { authenticate: async (asking) => people[asking.headers.authorization ?? ''] ?? null },
    {
      authorize: ({ kind, name, stream, user }) => {
        asked.push([kind, name, stream, user?.id].filter(Boolean).join(' '))
        return user?.roles?.includes('operate') ?? false
      },
    },
  )
  const bob = { authorization: 'Bearer bob' }
  const answers = [
    await send('PutIn', { jarId: 'kitchen', coins: 1 }, bob),
    await get('/api/queries/jars', bob),
    await get('/api/streams/jar/a%2Fb', bob),
    await get('/api/streams/jar/kitchen/state', bob),
    await get('/api/events', bob),
    await get('/api/events', { ...bob, accept: 'text/event-stream' }),
    await get('/api/events/x/trace', bob),
    await get('/api/projections', bob),
    await get('/api/projections/jars', bob),
    await request('/api/projections/jars/rebuild', { method: 'POST', headers: bob }),
    await request('/api/projections/jars/rebuild', { method: 'DELETE', headers: bob }),
    await get('/metrics', bob),
  ]
  for (const { status, body } of answers) assert.deepEqual([status, body.code], [403, 'forbidden'])
  assert.deepEqual(asked, [
    'command PutIn bob',
    'query jars bob',
    'stream read jar/a/b bob',
    'stream read jar/kitchen bob',
    'events read bob',
    'events read bob',
    'events trace bob',
    'operate list-projections bob',
    'operate list-projections bob',
    'operate rebuild-projection bob',
    'operate cancel-rebuild bob',
    'operate metrics bob',
  ])
  assert.equal((await get('/api/events', { authorization: 'Bearer ann' })).status, 200)
})

test('an authentication that fails is 500 and lets nobody in', async (t) => {
  const app = await jarApp(t)
  const http = createHttp(app, {
    authenticate: () => {
      throw new Error('a secret of the inside')
    },
  })
  t.after(() => http.close())
  const answer = await http.inject({ method: 'GET', url: '/api/events' })
  assert.equal(answer.statusCode, 500)
  assert.doesNotMatch(answer.body, /secret/)
})

test('the rate is limited for each user, with Retry-After', async (t) => {
  const { get } = await serveJars(t, {
    ratePerMinute: 5,
    authenticate: (asking) => people[asking.headers.authorization ?? ''] ?? null,
  })
  const statuses = []
  for (let index = 0; index < 7; index++) statuses.push((await get('/api/events', { authorization: 'Bearer ann' })).status)
  assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429, 429])
  const limited = await get('/api/events', { authorization: 'Bearer ann' })
  assert.equal(limited.body.code, 'too-many-requests')
  assert.ok(Number(limited.headers.get('retry-after')) > 0)
  assert.equal((await get('/api/events', { authorization: 'Bearer bob' })).status, 200)
  for (let index = 0; index < 5; index++) await get('/api/events', { authorization: 'Bearer guess' })
  assert.equal((await get('/api/events', { authorization: 'Bearer guess' })).status, 429)
})

test('the rate is not limited on loopback unless asked, and is elsewhere', async (t) => {
  const app = await jarApp(t)
  const limitOf = async (options: HttpOptions): Promise<unknown> => {
    const http = createHttp(app, options)
    t.after(() => http.close())
    return (await http.inject('/healthz')).headers['x-ratelimit-limit']
  }
  const authenticate = (): null => null
  assert.equal(await limitOf({}), undefined)
  assert.equal(await limitOf({ ratePerMinute: 7 }), '7')
  assert.equal(await limitOf({ host: '0.0.0.0', authenticate }), '3000')
  assert.equal(await limitOf({ host: '0.0.0.0', authenticate, ratePerMinute: 0 }), undefined)
})
