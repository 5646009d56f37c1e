import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { type Answer, serveJars, until } from './client.ts'

function isProblem(answer: Answer, what: string): void {
  assert.equal(answer.headers.get('content-type'), 'application/problem+json', what)
  assert.equal(answer.body.status, answer.status, what)
  for (const member of ['type', 'title', 'detail', 'code'])
    assert.equal(typeof answer.body[member], 'string', `${what}: ${member}`)
  assert.match(answer.body.type, /^urn:khata:/, what)
  assert.doesNotMatch(answer.text, /node_modules|\.ts:\d|\bat .+\(/, what)
}

const nested = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`
const withExtra = (extra: string): string => `{"jarId":"kitchen","coins":1,"extra":${extra}}`

const bodies: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, number])[] = [
  ['nothing', '', 400],
  ['no JSON', '{"jarId":', 400],
  ['two values', '{}{}', 400],
  ['a byte order mark', '\ufeff{}', 400],
  ['NaN', withExtra('NaN'), 400],
  ['bytes that are not UTF-8', new Uint8Array([0x22, 0xff, 0x22]), 400],
  ['null', 'null', 400],
  ['a number', '1', 400],
  ['a text', '"x"', 400],
  ['a list', '[]', 400],
  ['an empty object', '{}', 400],
  ['a text for a number', '{"jarId":"kitchen","coins":"1"}', 400],
  ['null for a number', '{"jarId":"kitchen","coins":null}', 400],
  ['an object for a text', '{"jarId":{},"coins":1}', 400],
  ['a negative number', '{"jarId":"kitchen","coins":-1}', 400],
  ['a fraction', '{"jarId":"kitchen","coins":1.5}', 400],
  ['a whole number past 2^53', '{"jarId":"kitchen","coins":9007199254740993}', 400],
  ['1e999', '{"jarId":"kitchen","coins":1e999}', 400],
  ['1e999 where anything goes', withExtra('1e999'), 400],
  ['-1e999 deep inside', withExtra('{"a":[{"b":-1e999}]}'), 400],
  ['digits that a number would lose', withExtra('12345678901234567890'), 400],
  ['a lone surrogate in an id', '{"jarId":"\\ud800","coins":1}', 400],
  ['a lone surrogate where anything goes', withExtra('"\\udfff"'), 400],
  ['a lone surrogate as a key', withExtra('{"\\ud800":1}'), 400],
  ['U+0000 in an id', '{"jarId":"a\\u0000b","coins":1}', 400],
  ['U+0000 where anything goes', withExtra('["\\u0000"]'), 400],
  ['__proto__', '{"jarId":"kitchen","coins":1,"__proto__":{"polluted":true}}', 400],
  ['__proto__ deep inside', withExtra('{"a":[{"__proto__":1}]}'), 400],
  ['constructor.prototype', withExtra('{"constructor":{"prototype":{"polluted":true}}}'), 400],
  ['33 levels', withExtra(nested(32)), 400],
  ['100,000 levels', nested(100_000), 400],
  ['1,001 fields', withExtra(JSON.stringify(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`f${i}`, i])))), 400],
  ['an id of 100,000 letters', `{"jarId":"${'x'.repeat(100_000)}","coins":1}`, 400],
  ['an empty id', '{"jarId":"","coins":1}', 400],
  ['10 MB', `{"jarId":"kitchen","coins":1,"note":"${'x'.repeat(10_000_000)}"}`, 413],
]

test('a body that is wrong in any way is a problem document and stores nothing', async (t) => {
  const { app, request, send } = await serveJars(t)
  for (const [what, body, status] of bodies) {
    const answer = await request('/api/commands/PutIn', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    assert.equal(answer.status, status, `${what}: ${answer.text}`)
    isProblem(answer, what)
  }
  assert.equal((await app.events.head()).position, 0)
  assert.equal(({} as { polluted?: boolean }).polluted, undefined)
  const fits = withExtra(nested(31))
  assert.equal((await send('PutIn', JSON.parse(fits))).status, 200)
  assert.equal((await send('PutIn', JSON.parse(withExtra('{"constructor":"Bugatti","big":1e300}')))).status, 200)
})

test('10 MB that come in pieces without a length are refused too', async (t) => {
  const { app, request } = await serveJars(t)
  const piece = new TextEncoder().encode('x'.repeat(100_000))
  let left = 100
  const body = new ReadableStream({
    pull(controller) {
      if (left-- > 0) controller.enqueue(piece)
      else controller.close()
    },
  })
  const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' } as RequestInit
  const answer = await request('/api/commands/PutIn', init)
  assert.equal(answer.status, 413)
  isProblem(answer, 'pieces')
  assert.equal((await app.events.head()).position, 0)
})

test('a client that goes on sending a body that was refused gets its answer, and may use the connection again', async (t) => {
  const { server } = await serveJars(t)
  const half = 'x'.repeat(2_000_000)
  const chunk = `${half.length.toString(16)}\r\n${half}\r\n`
  for (const [length, first, rest] of [
    [`Content-Length: ${2 * half.length}`, half, half],
    ['Transfer-Encoding: chunked', chunk, `${chunk}0\r\n\r\n`],
  ]) {
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8')
    t.after(() => socket.destroy())
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    const head = `POST /api/commands/PutIn HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n${length}\r\n\r\n`
    socket.write(head + first)
    await until(async () => text.includes('"code":"body-too-large"'))
    assert.match(text, /^HTTP\/1\.1 413 /)
    text = ''
    socket.write(`${rest}GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await until(async () => text.endsWith('}'))
    assert.match(text, /^HTTP\/1\.1 200 /)
  }
})

const requests: readonly (readonly [string, string, Record<string, string>, number])[] = [
  ['GET', '/nothing', {}, 404],
  ['POST', '/nothing', {}, 404],
  ['PROPFIND', '/api/events', {}, 404],
  ['GET', '/api', {}, 404],
  ['GET', '/api/events/', {}, 404],
  ['POST', '/api/commands/', {}, 415],
  ['GET', '/API/events', {}, 404],
  ['DELETE', '/api/events', {}, 405],
  ['PUT', '/api/commands/PutIn', {}, 405],
  ['GET', '/api/commands/PutIn', {}, 405],
  ['POST', '/api/queries/jars', {}, 405],
  ['PATCH', '/api/streams/jar/x', {}, 405],
  ['POST', '/healthz', {}, 405],
  ['GET', '/api/queries/__proto__', {}, 404],
  ['GET', '/api/queries/constructor', {}, 404],
  ['GET', '/api/queries/jars?__proto__=1', {}, 400],
  ['GET', '/api/queries/jars?constructor=1', {}, 400],
  ['GET', '/api/queries/jars?coins=many', {}, 400],
  ['GET', '/api/queries/jars?coins=1&coins=2', {}, 400],
  ['GET', '/api/queries/jars?limit=-1', {}, 400],
  ['GET', '/api/queries/jars?limit=1e99', {}, 400],
  ['GET', '/api/queries/jars?cursor=nonsense', {}, 400],
  ['GET', '/api/queries/jars?order=nothing', {}, 400],
  ['GET', '/api/queries/jars?id=%00', {}, 400],
  ['GET', '/api/queries/jars?id=%ff', {}, 400],
  ['GET', `/api/queries/jars?${'a=1&'.repeat(200)}`, {}, 400],
  ['GET', '/api/queries/jars', { 'khata-after': 'nonsense' }, 400],
  ['GET', '/api/queries/jars', { 'khata-after': '-1' }, 400],
  ['GET', '/api/queries/jars', { 'khata-wait': '-1' }, 400],
  ['GET', '/api/queries/jars', { 'khata-wait': '1e3' }, 400],
  ['GET', '/api/queries/jars', { 'khata-wait': '99999999' }, 400],
  ['GET', '/api/queries/fullest', {}, 400],
  ['GET', '/api/streams/jar/%', {}, 400],
  ['GET', '/api/streams/__proto__/constructor/state', {}, 404],
  ['GET', `/api/streams/jar/${'x'.repeat(3_000)}`, {}, 414],
  ['GET', `/${'x'.repeat(20_000)}`, {}, 431],
  ['GET', '/api/events/%2e%2e%2f/trace', {}, 404],
  ['GET', '/api/events', { 'last-event-id': 'nonsense', accept: 'text/event-stream' }, 400],
  ['GET', '/api/events?after=head', {}, 400],
  ['GET', '/api/dead-letters?after=zz', {}, 400],
  ['GET', '/api/events?after=1000', {}, 400],
  ['GET', '/api/events?after=1000', { accept: 'text/event-stream' }, 400],
  ['GET', '/api/events', { 'last-event-id': '1000', accept: 'text/event-stream' }, 400],
  ['GET', '/docs/nothing', {}, 404],
  ['POST', '/api/projections/__proto__/rebuild', {}, 404],
]

test('a request that is wrong in any way is a problem document', async (t) => {
  const { request } = await serveJars(t)
  for (const [method, path, headers, status] of requests) {
    const what = `${method} ${path.slice(0, 80)} ${JSON.stringify(headers)}`
    const answer = await request(path, { method, headers })
    assert.equal(answer.status, status, `${what}: ${answer.text.slice(0, 300)}`)
    isProblem(answer, what)
    if (status === 405) assert.ok(answer.headers.get('allow'), what)
  }
})

test('bytes that are not HTTP are answered with a problem document', async (t) => {
  const { server } = await serveJars(t)
  for (const bytes of [
    'GET / HTTP/1.1\r\n\r\n',
    'nonsense\r\n\r\n',
    'GET / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n',
  ]) {
    const socket = connect(server.port, '127.0.0.1').setEncoding('utf8')
    let text = ''
    socket.on('data', (data) => {
      text += data
    })
    socket.write(bytes)
    await once(socket, 'end')
    assert.match(text, /^HTTP\/1\.1 400 /, bytes)
    if (!bytes.startsWith('GET / HTTP/1.1\r\n\r\n'))
      assert.match(text, /application\/problem\+json.*"code":"malformed-request"/s)
  }
})
