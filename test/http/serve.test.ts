import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { createHttp, type HttpOptions, serve } from '../../src/http/index.ts'
import { isKhataError, type KhataError } from '../../src/index.ts'
import { clientOf, serveJars, temporaryFolder, until } from './client.ts'
import { jarApp } from './jars.ts'

const wrongOptions: readonly (readonly [string, object])[] = [
  ['prot', { prot: 3000 }],
  ['port', { port: 70_000 }],
  ['port', { port: '3000' }],
  ['port', { port: -1 }],
  ['bodyLimitBytes', { bodyLimitBytes: 0 }],
  ['ratePerMinute', { ratePerMinute: 1.5 }],
  ['allowedOrigins', { allowedOrigins: ['*'] }],
  ['allowedOrigins', { allowedOrigins: 'https://shop.example' }],
  ['allowedHosts', { allowedHosts: [''] }],
  ['authenticate', { authenticate: true }],
  ['host', { host: '' }],
  ['host', { host: '0.0.0.0' }],
  ['host', { host: '::' }],
  ['host', { host: '192.168.0.1' }],
  ['host', { host: 'example.com' }],
]

for (const [setting, options] of wrongOptions) {
  test(`the options ${JSON.stringify(options)} are refused in one line that names ${setting}`, async (t) => {
    const app = await jarApp(t)
    const refused = (error: unknown): boolean => {
      assert.ok(isKhataError(error, 'setting'))
      assert.equal(error.detail.setting, setting)
      assert.match(error.message, new RegExp(`^[^\\n]*${setting}[^\\n]*$`))
      return true
    }
    assert.throws(() => createHttp(app, options as HttpOptions), refused)
    await assert.rejects(serve(app, options as HttpOptions), refused)
  })
}

test('a port that is taken is said in one line', async (t) => {
  const { app, server } = await serveJars(t)
  await assert.rejects(serve(app, { port: server.port }), (error: KhataError) => {
    assert.equal(error.code, 'setting')
    assert.match(error.message, new RegExp(`port.*${server.port}.*taken`))
    return true
  })
})

test('a route that is added without a policy stops the start', async (t) => {
  const app = await jarApp(t)
  const http = createHttp(app)
  t.after(() => http.close())
  assert.throws(() => http.get('/mine', () => 'hello'), /has no policy/)
})

test('every registered route has a policy, and one that is added with a policy is held to it', async (t) => {
  const app = await jarApp(t, { authorize: ({ kind }) => kind !== 'operate' })
  const http = createHttp(app)
  t.after(() => http.close())
  const policies: unknown[] = []
  http.addHook('onRoute', ({ config }) => {
    policies.push(config?.policy)
  })
  http.get('/mine', { config: { policy: () => ({ kind: 'operate', name: 'mine' }) } }, () => 'hello')
  await http.ready()
  assert.ok(policies.length > 40)
  assert.ok(policies.every((policy) => policy === 'public' || policy === 'bus' || typeof policy === 'function'))
  assert.equal((await http.inject('/mine')).statusCode, 401)
})

test('closing answers every command it accepted and nothing is stored that was not answered', async (t) => {
  const file = join(temporaryFolder(t), 'jars.db')
  const app = await jarApp(t, { file })
  const server = await serve(app, { port: 0 })
  const { send } = clientOf(app, server)
  const sent = Array.from({ length: 200 }, (_, index) =>
    send('PutIn', { jarId: `j${index % 10}`, coins: 1 }).then(
      ({ status }) => status,
      () => 'not accepted' as const,
    ),
  )
  await Promise.race(sent)
  await server.close()
  const answers = await Promise.all(sent)
  const accepted = answers.filter((status) => status === 200).length
  assert.ok(accepted > 0)
  assert.deepEqual(
    answers.filter((status) => status !== 200 && status !== 503 && status !== 'not accepted'),
    [],
  )
  assert.equal((await app.events.head()).position, accepted)
})

test('closing waits for a command in work, takes no new connection, and tells a late request to come again', async (t) => {
  let release = (): void => undefined
  const held = new Promise<void>((resolve) => {
    release = resolve
  })
  let asked = false
  const app = await jarApp(t, {
    authorize: async () => {
      asked = true
      await held
      return true
    },
  })
  const server = await serve(app, { port: 0 })
  const body = JSON.stringify({ jarId: 'kitchen', coins: 1 })
  const post = `POST /api/commands/PutIn HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`
  const accepted = conversation(t, server.port)
  accepted.socket.write(post)
  await until(async () => asked)
  const late = conversation(t, server.port)
  // What came in one piece was read when its first part is answered: the server has begun with the late request.
  late.socket.write(`GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n${post.slice(0, 20)}`)
  await until(async () => late.text().endsWith('}'))
  const answered = late.text().length
  const closing = server.close()
  await assert.rejects(fetch(`${server.url}/healthz`))
  late.socket.write(post.slice(20))
  await once(late.socket, 'close')
  const told = late.text().slice(answered)
  for (const part of [/^HTTP\/1\.1 503 /, /^connection: close\r$/im, /^retry-after: 1\r$/im, /shutting-down/])
    assert.match(told, part)
  assert.equal(accepted.text(), '')
  release()
  await Promise.all([closing, once(accepted.socket, 'close')])
  assert.match(accepted.text(), /^HTTP\/1\.1 200 .*connection: close\r\n.*"version":1/is)
  assert.equal((await app.events.head()).position, 1)
})

function conversation(t: TestContext, port: number): { readonly socket: Socket; text(): string } {
  const socket = connect(port, '127.0.0.1').setEncoding('utf8')
  t.after(() => socket.destroy())
  let text = ''
  socket.on('data', (data) => {
    text += data
  })
  return { socket, text: () => text }
}

test('a server closes although idle connections are open, and twice is once', async (t) => {
  const { server, get } = await serveJars(t)
  await get('/healthz')
  await Promise.all([server.close(), server.close()])
  await assert.rejects(get('/healthz'))
})

test('it listens on another address with authentication, for the hosts that are allowed', async (t) => {
  const app = await jarApp(t)
  const server = await serve(app, { host: '0.0.0.0', port: 0, authenticate: () => null })
  t.after(() => server.close())
  assert.equal(server.url, `http://localhost:${server.port}`)
  assert.equal((await fetch(`http://127.0.0.1:${server.port}/healthz`)).status, 200)
})
