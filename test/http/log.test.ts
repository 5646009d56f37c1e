import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serveJars } from './client.ts'

test('a stream is read by pages, forwards and backwards, whatever letters its id has', async (t) => {
  const { send, get } = await serveJars(t)
  const id = 'a/b %?#ü😀'
  for (let coins = 1; coins <= 5; coins++) await send('PutIn', { jarId: id, coins })
  const path = `/api/streams/jar/${encodeURIComponent(id)}`
  const versions = (body: any): number[] => body.events.map(({ version }: { version: number }) => version)
  const first = await get(`${path}?limit=3`)
  assert.deepEqual([versions(first.body), first.body.next], [[1, 2, 3], 4])
  const second = await get(`${path}?limit=3&from=4`)
  assert.deepEqual([versions(second.body), second.body.next], [[4, 5], null])
  const newest = await get(`${path}?limit=2&backwards=true`)
  assert.deepEqual([versions(newest.body), newest.body.next], [[5, 4], 3])
  assert.equal(first.body.events[0].streamId, id)
})

test('a stream that does not exist is 404, a page after its end is empty', async (t) => {
  const { send, get } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 3 })
  assert.equal((await get('/api/streams/jar/cellar')).body.code, 'unknown-stream')
  assert.equal((await get('/api/streams/nothing/kitchen')).status, 404)
  assert.deepEqual((await get('/api/streams/jar/kitchen?from=2')).body, { events: [], next: null })
})

test('the state of a stream is given now, at a version and at a time', async (t) => {
  const { send, get, app } = await serveJars(t)
  for (let coins = 1; coins <= 3; coins++) await send('PutIn', { jarId: 'kitchen', coins })
  const path = '/api/streams/jar/kitchen/state'
  const now = await get(path)
  assert.deepEqual([now.body.state, now.body.version], [{ coins: 6 }, 3])
  assert.equal(now.headers.get('etag'), '"3"')
  assert.deepEqual((await get(`${path}?version=2`)).body.state, { coins: 3 })
  const [first] = await app.events.stream('jar', 'kitchen')
  assert.ok((await get(`${path}?at=${first?.recordedAt}`)).body.version >= 1)
  assert.deepEqual((await get(`${path}?at=2000-01-01`)).body, { state: { coins: 0 }, version: 0, at: null })
  assert.equal((await get(`${path}?at=2000-01-01&version=1`)).status, 400)
  assert.equal((await get('/api/streams/jar/cellar/state')).status, 404)
  assert.equal((await get('/api/streams/nothing/kitchen/state')).body.code, 'unknown-aggregate')
})

test('the log is read by pages without a hole and by type, tag and category', async (t) => {
  const { send, get } = await serveJars(t)
  for (let coins = 1; coins <= 7; coins++) await send('PutIn', { jarId: `j${coins % 2}`, coins })
  await send('TakeOut', { jarId: 'j1', coins: 1 })
  const positions: number[] = []
  for (let after = ''; ; ) {
    const { body } = await get(`/api/events?limit=3${after}`)
    positions.push(...body.events.map(({ position }: { position: number }) => position))
    if (body.end) break
    after = `&after=${body.next}`
  }
  assert.deepEqual(positions, [1, 2, 3, 4, 5, 6, 7, 8])
  const count = async (filter: string): Promise<number> => (await get(`/api/events?${filter}`)).body.events.length
  assert.equal(await count('type=CoinsTakenOut'), 1)
  assert.equal(await count('type=CoinsTakenOut&type=CoinsPutIn'), 8)
  assert.equal(await count('tag=jar:j0'), 3)
  assert.equal(await count('category=jar'), 8)
  assert.equal(await count('category=nothing'), 0)
  assert.equal((await get('/api/events?backwards&limit=1')).body.events[0].position, 8)
})

test('the trace of an event is the tree of its correlation, and an unknown event is 404', async (t) => {
  const { send, get } = await serveJars(t)
  const { body } = await send('PutIn', { jarId: 'kitchen', coins: 3 })
  const trace = await get(`/api/events/${body.events[0].id}/trace`)
  assert.equal(trace.status, 200)
  assert.deepEqual([trace.body.kind, trace.body.name, trace.body.children[0].name], ['command', 'PutIn', 'CoinsPutIn'])
  assert.equal((await get('/api/events/nothing/trace')).body.code, 'unknown-event')
})

for (const path of [
  '/api/events?limit=0',
  '/api/events?limit=1001',
  '/api/events?limit=1e2',
  '/api/events?limit=1&limit=2',
  '/api/events?after=nonsense',
  '/api/events?after=-1',
  '/api/events?after=1&after=2',
  '/api/events?type=',
  '/api/events?limi=3',
  '/api/events?after=%ff',
  '/api/events?backwards=yes',
  '/api/streams/jar/kitchen?from=0',
  '/api/streams/jar/kitchen?from=9007199254740993',
  '/api/streams/jar/kitchen/state?version=-1',
  '/api/streams/jar/kitchen/state?at=2026-13-01',
  '/api/streams/jar/%00',
]) {
  test(`GET ${path} is 400`, async (t) => {
    const { get } = await serveJars(t)
    const { status, headers } = await get(path)
    assert.equal(status, 400)
    assert.equal(headers.get('content-type'), 'application/problem+json')
  })
}
