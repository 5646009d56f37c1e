import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveJars } from './client.ts'

test('a command answers a receipt with the version as ETag and the token as Khata-Position', async (t) => {
  const { send, app } = await serveJars(t)
  const answer = await send('PutIn', { jarId: 'kitchen', coins: 3 })
  assert.equal(answer.status, 200)
  const head = await app.events.head()
  const { events, ...receipt } = answer.body
  assert.deepEqual(receipt, { stream: 'jar/kitchen', version: 1, position: 1, token: head.token, repeated: false })
  assert.deepEqual(events, [{ id: (await app.events.stream('jar', 'kitchen'))[0]?.id, type: 'CoinsPutIn' }])
  assert.equal(answer.headers.get('etag'), '"1"')
  assert.equal(answer.headers.get('khata-position'), head.token)
})

test('a rejection is 422 with its own code and what the rule told', async (t) => {
  const { send, app } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 3 })
  const { status, headers, body } = await send('TakeOut', { jarId: 'kitchen', coins: 4 })
  assert.equal(status, 422)
  assert.equal(headers.get('content-type'), 'application/problem+json')
  assert.deepEqual(body, {
    type: 'urn:khata:rejection:not-enough',
    title: 'A business rule said no',
    status: 422,
    detail: 'TakeOut was rejected: not-enough',
    code: 'not-enough',
    rejected: true,
    command: 'TakeOut',
    data: { coins: 3 },
  })
  assert.equal((await app.events.head()).position, 1)
})

test('input that a schema refuses is 400 and names every wrong field', async (t) => {
  const { send } = await serveJars(t)
  const { status, body } = await send('PutIn', { jarId: '', coins: -1 })
  assert.equal(status, 400)
  assert.equal(body.code, 'validation')
  assert.deepEqual(
    body.errors.map(({ path }: { path: string }) => path),
    ['jarId', 'coins'],
  )
})

test('a stale If-Match is 412 with the present version, and a fitting one is accepted', async (t) => {
  const { send, app } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'if-match': '"0"' })
  const stale = await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'if-match': '"0"' })
  assert.equal(stale.status, 412)
  assert.equal(stale.body.code, 'precondition-failed')
  assert.equal(stale.body.actual, 1)
  assert.equal(stale.headers.get('etag'), '"1"')
  assert.equal((await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'if-match': '"1"' })).status, 200)
  assert.equal((await app.events.head()).position, 2)
})

for (const tag of ['W/"1"', '*', '1', '"1", "2"', '"-1"', '"1.5"', '"99999999999999999999"', '""']) {
  test(`If-Match: ${tag} is 400 and stores nothing`, async (t) => {
    const { send, app } = await serveJars(t)
    const { status, body } = await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'if-match': tag })
    assert.equal(status, 400)
    assert.equal(body.errors[0].path, 'If-Match')
    assert.equal((await app.events.head()).position, 0)
  })
}

test('50 callers with one idempotency key have one effect and one receipt', async (t) => {
  const { send, app } = await serveJars(t)
  const key = { 'idempotency-key': 'order-4711' }
  const answers = await Promise.all(Array.from({ length: 50 }, () => send('PutIn', { jarId: 'kitchen', coins: 3 }, key)))
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200])
  const receipts = new Set(answers.map(({ body: { repeated: _, ...receipt } }) => JSON.stringify(receipt)))
  assert.equal(receipts.size, 1)
  assert.equal(answers.filter(({ body }) => !body.repeated).length, 1)
  assert.equal((await app.events.head()).position, 1)
})

test('an idempotency key with another input is 422, and a useless key is 400', async (t) => {
  const { send, app } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'idempotency-key': 'k' })
  const reused = await send('PutIn', { jarId: 'kitchen', coins: 4 }, { 'idempotency-key': 'k' })
  assert.equal(reused.status, 422)
  assert.equal(reused.body.code, 'idempotency-key-reused')
  // The command line takes the same keys.
  const spaced = await send('PutIn', { jarId: 'kitchen', coins: 4 }, { 'idempotency-key': 'a b'.padEnd(256, 'x') })
  assert.equal(spaced.status, 200)
  for (const key of ['', 'x'.repeat(257), 'é']) {
    const { status, body } = await send('PutIn', { jarId: 'kitchen', coins: 4 }, { 'idempotency-key': key })
    assert.equal(status, 400)
    assert.equal(body.errors[0].path, 'Idempotency-Key')
  }
  assert.equal((await app.events.head()).position, 2)
})

test('Khata-Occurred-At is when it happened, and must be a real moment', async (t) => {
  const { send, app } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'khata-occurred-at': '2010-12-01T08:26:00+01:00' })
  const [event] = await app.events.stream('jar', 'kitchen')
  assert.equal(event?.occurredAt, '2010-12-01T07:26:00.000Z')
  for (const time of ['yesterday', '2010-02-30T00:00:00Z', '2010-12-01T08:26:00', '1291191960']) {
    const { status, body } = await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'khata-occurred-at': time })
    assert.equal(status, 400, time)
    assert.equal(body.errors[0].path, 'Khata-Occurred-At')
  }
})

test("a client's correlation id is sent back and kept with the events; without one there is a new one", async (t) => {
  const { send, app } = await serveJars(t)
  const given = await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'x-correlation-id': 'checkout-7' })
  assert.equal(given.headers.get('x-correlation-id'), 'checkout-7')
  const made = await send('PutIn', { jarId: 'kitchen', coins: 3 })
  const events = await app.events.stream('jar', 'kitchen')
  assert.deepEqual(
    events.map(({ correlationId }) => correlationId),
    ['checkout-7', made.headers.get('x-correlation-id')],
  )
  const wrong = await send('PutIn', { jarId: 'kitchen', coins: 3 }, { 'x-correlation-id': 'x'.repeat(129) })
  assert.equal(wrong.status, 400)
})

test('a command whose code fails is 500, shows nothing of the inside, and is logged with its correlation id', async (t) => {
  const lines: unknown[] = []
  const { send } = await serveJars(t, { logger: recorder(lines) })
  const { status, text, body, headers } = await send('Spring', { trapId: 't' })
  assert.equal(status, 500)
  assert.equal(body.code, 'handler-failed')
  assert.equal(body.correlationId, headers.get('x-correlation-id'))
  assert.doesNotMatch(text, /secret|\.ts|at /)
  assert.match(JSON.stringify(lines), new RegExp(body.correlationId))
})

function recorder(lines: unknown[]): any {
  const quiet = (): void => undefined
  const logger = {
    level: 'error',
    fatal: quiet,
    error: (...line: unknown[]) => lines.push(line[0]),
    warn: quiet,
    info: quiet,
    debug: quiet,
    trace: quiet,
    silent: quiet,
    child: () => logger,
  }
  return logger
}

test('only application/json in UTF-8 is taken', async (t) => {
  const { request, app } = await serveJars(t)
  const body = JSON.stringify({ jarId: 'kitchen', coins: 3 })
  const status = async (headers: Record<string, string>, content: string | Uint8Array<ArrayBuffer> = body) =>
    (await request('/api/commands/PutIn', { method: 'POST', headers, body: content })).status
  assert.equal(await status({ 'content-type': 'text/plain' }), 415)
  assert.equal(await status({ 'content-type': 'application/x-www-form-urlencoded' }), 415)
  assert.equal(await status({ 'content-type': 'application/jsonp' }), 415)
  assert.equal(await status({ 'content-type': 'application/json; charset=iso-8859-1' }), 415)
  assert.equal(await status({ 'content-type': 'application/json', 'content-encoding': 'gzip' }), 415)
  assert.equal(await status({}, new Uint8Array(Buffer.from(body))), 415)
  assert.equal((await request('/api/commands/PutIn', { method: 'POST' })).status, 415)
  assert.equal((await app.events.head()).position, 0)
  assert.equal(await status({ 'content-type': 'application/json; charset=UTF-8' }), 200)
})
