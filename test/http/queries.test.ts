import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveJars } from './client.ts'

test("a query with a receipt's token is answered from a view at least that new", async (t) => {
  const { send, get } = await serveJars(t)
  for (let coins = 1; coins <= 20; coins++) {
    const { body } = await send('PutIn', { jarId: 'kitchen', coins: 1 })
    const answer = await get('/api/queries/jars?id=kitchen', { 'khata-after': body.token })
    assert.equal(answer.status, 200)
    assert.deepEqual(answer.body, { data: { id: 'kitchen', coins, note: '' } })
    assert.equal(answer.headers.get('khata-position'), body.token)
  }
})

test('a view is asked by field, range, order, words and page', async (t) => {
  const { send, get } = await serveJars(t)
  const notes = ['red glass', 'blue glass', 'red clay']
  let token = ''
  for (const [index, note] of notes.entries())
    token = (await send('PutIn', { jarId: `j${index}`, coins: index + 1, note })).body.token
  const ids = async (parameters: string): Promise<string[]> => {
    const { body } = await get(`/api/queries/jars?${parameters}`, { 'khata-after': token })
    return body.data.map(({ id }: { id: string }) => id)
  }
  assert.deepEqual(await ids('coins=2'), ['j1'])
  assert.deepEqual(await ids('coins.gte=2&order=-coins'), ['j2', 'j1'])
  assert.deepEqual((await ids('search=red')).sort(), ['j0', 'j2'])
  const first = await get('/api/queries/jars?order=coins&limit=2')
  assert.equal(first.body.data.length, 2)
  const second = await get(`/api/queries/jars?order=coins&limit=2&cursor=${encodeURIComponent(first.body.next)}`)
  assert.deepEqual(second.body.data, [{ id: 'j2', coins: 3, note: 'red clay' }])
  assert.equal(second.body.next, null)
})

test('parameters that exclude each other are refused, whatever their order', async (t) => {
  const { send, get } = await serveJars(t)
  const { body } = await send('PutIn', { jarId: 'kitchen', coins: 3 })
  const refused: (readonly [string, string])[] = [
    ...['id=kitchen&coins=3', 'limit=1&id=kitchen', 'id=kitchen&search=red'].map((text) => [text, 'id'] as const),
    ...['coins=3&coins.gte=9', 'coins.gte=9&coins=3'].map((text) => [text, 'coins'] as const),
    ['search=red&coins=3', 'search'],
  ]
  for (const [parameters, path] of refused) {
    const answer = await get(`/api/queries/jars?${parameters}`, { 'khata-after': body.token })
    assert.deepEqual([answer.status, answer.body.errors?.[0].path], [400, path], parameters)
  }
  const bounds = await get('/api/queries/jars?coins.gte=3&coins.lt=4', { 'khata-after': body.token })
  assert.equal(bounds.body.data.length, 1)
})

test('a query of its own takes its input from parameters', async (t) => {
  const { send, get } = await serveJars(t)
  const { body } = await send('PutIn', { jarId: 'kitchen', coins: 3 })
  const answer = await get('/api/queries/fullest?count=1', { 'khata-after': body.token })
  assert.deepEqual(answer.body, { data: [{ id: 'kitchen', document: { coins: 3, note: '' } }] })
  const wrong = await get('/api/queries/fullest?count=99')
  assert.equal(wrong.status, 400)
  assert.equal(wrong.body.errors[0].path, 'count')
})

test('a document that is not there is 404, an unknown query is 404, each with a code of its own', async (t) => {
  const { get } = await serveJars(t)
  const document = await get('/api/queries/jars?id=nowhere')
  assert.deepEqual([document.status, document.body.code], [404, 'unknown-document'])
  assert.ok(document.headers.get('khata-position'))
  const query = await get('/api/queries/nothing')
  assert.deepEqual([query.status, query.body.code], [404, 'unknown-query'])
})

test('a view that is behind what was asked for is 503 still-processing with Retry-After', async (t) => {
  const { get, send } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 3 })
  const { status, body, headers } = await get('/api/queries/jars', { 'khata-after': '99', 'khata-wait': '20' })
  assert.equal(status, 503)
  assert.equal(body.code, 'still-processing')
  assert.equal(body.wanted, 99)
  assert.equal(headers.get('retry-after'), String(Math.ceil(body.retryAfterMs / 1000)))
})

test('a token of another store is 409, wherever it is given', async (t) => {
  const here = await serveJars(t)
  const there = await serveJars(t)
  const { body } = await there.send('PutIn', { jarId: 'kitchen', coins: 3 })
  const answers = [
    await here.get('/api/queries/jars', { 'khata-after': body.token }),
    await here.get(`/api/events?after=${body.token}`),
    await here.get('/api/events', { accept: 'text/event-stream', 'last-event-id': body.token }),
  ]
  for (const answer of answers) assert.deepEqual([answer.status, answer.body.code], [409, 'token-of-another-store'])
})

test('a token that is none is told under the name of the header or parameter that it was given in', async (t) => {
  const { get } = await serveJars(t)
  const sse = { accept: 'text/event-stream' }
  const given = {
    'Khata-After': await get('/api/queries/jars', { 'khata-after': 'nonsense' }),
    'Last-Event-ID': await get('/api/events', { ...sse, 'last-event-id': 'nonsense' }),
    after: await get('/api/events?after=nonsense', sse),
  }
  for (const [name, { status, body }] of Object.entries(given))
    assert.deepEqual([status, body.errors.map(({ path }: { path: string }) => path)], [400, [name]])
})
