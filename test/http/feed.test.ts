import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { serve } from '../../src/http/index.ts'
import { serveJars, temporaryFolder, until } from './client.ts'
import { openFeed, take } from './event-source.ts'
import { jarApp } from './jars.ts'

test('a live feed gives what is there, then what comes, each with its token and the one before', async (t) => {
  const { app, server, send } = await serveJars(t)
  for (let coins = 1; coins <= 3; coins++) await send('PutIn', { jarId: 'kitchen', coins })
  const feed = await openFeed(`${server.url}/api/events`)
  assert.equal(feed.response.status, 200)
  assert.equal(feed.response.headers.get('content-type'), 'text/event-stream; charset=utf-8')
  assert.equal(feed.response.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(feed.response.headers.get('connection'), 'close')
  const taking = take(feed, 5)
  await send('PutIn', { jarId: 'kitchen', coins: 4 })
  await send('PutIn', { jarId: 'kitchen', coins: 5 })
  const { events, lastId } = await taking
  assert.deepEqual(
    events.map(({ data }) => (data as { coins: number }).coins),
    [1, 2, 3, 4, 5],
  )
  const tokens = await Promise.all([0, 1, 2, 3, 4, 5].map((position) => app.events.token(position)))
  assert.deepEqual(
    events.map(({ previous }) => previous),
    tokens.slice(0, 5),
  )
  assert.equal(lastId, tokens[5])
  const { events: stored } = await app.events.read()
  assert.deepEqual(
    events.map(({ previous: _, ...event }) => event),
    JSON.parse(JSON.stringify(stored)),
  )
})

test('a reader that reconnects with Last-Event-ID gets no hole and no repeat, also across restarts of the server', async (t) => {
  const file = join(temporaryFolder(t), 'jars.db')
  const positions: number[] = []
  let lastId: string | null = null
  for (let round = 0; round < 4; round++) {
    const app = await jarApp(t, { file })
    const server = await serve(app, { port: 0 })
    for (let index = 0; index < 5; index++) await app.execute('PutIn', { jarId: `j${index}`, coins: 1 })
    const headers: Record<string, string> = lastId ? { 'last-event-id': lastId } : {}
    // A browser asks for the same address again: the header must win over the parameter.
    const feed = await openFeed(`${server.url}/api/events?after=0`, headers)
    const taking = take(feed, round === 3 ? 11 : 3 + round)
    for (let index = 0; index < 2; index++) await app.execute('PutIn', { jarId: 'later', coins: 1 })
    const taken = await taking
    positions.push(...taken.events.map(({ position }) => position))
    lastId = taken.lastId
    await server.close()
    await app.close()
  }
  assert.deepEqual(
    positions,
    Array.from({ length: 3 + 4 + 5 + 11 }, (_, index) => index + 1),
  )
})

test('a feed is filtered, and begins at the present when asked to', async (t) => {
  const { server, send } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 5 })
  const filtered = take(await openFeed(`${server.url}/api/events?type=CoinsTakenOut&category=jar`), 1)
  const present = take(await openFeed(`${server.url}/api/events?after=head`), 2)
  await send('PutIn', { jarId: 'kitchen', coins: 6 })
  await send('TakeOut', { jarId: 'kitchen', coins: 7 })
  const { events } = await filtered
  assert.deepEqual([events[0]?.position, events[0]?.type], [3, 'CoinsTakenOut'])
  assert.deepEqual(
    (await present).events.map(({ position }) => position),
    [2, 3],
  )
})

test('a feed ends with a hint to come again when the server closes, and a resumed one goes on', async (t) => {
  const { app, server, send } = await serveJars(t)
  await send('PutIn', { jarId: 'kitchen', coins: 1 })
  const feed = await openFeed(`${server.url}/api/events`)
  const first = (await feed.messages.next()).value
  const taking = take(feed, 1)
  await server.close()
  const { events, end } = await taking
  const lastId = first?.id ?? ''
  assert.deepEqual([first?.event, events], ['event', []])
  assert.equal(end?.event, 'end')
  assert.equal(end?.data.reason, 'shutting-down')
  const again = await serve(app, { port: 0 })
  t.after(() => again.close())
  await app.execute('PutIn', { jarId: 'kitchen', coins: 2 })
  const resumed = await take(await openFeed(`${again.url}/api/events`, { 'last-event-id': lastId }), 1)
  assert.deepEqual([resumed.events[0]?.position, resumed.events[0]?.previous], [2, lastId])
})

test('a feed ends with a problem document when the log cannot be followed any more', async (t) => {
  const real = await jarApp(t)
  const app = {
    ...real,
    events: {
      ...real.events,
      async *follow() {
        yield* [] as never[]
        throw new Error('a secret of the inside')
      },
    },
  }
  const server = await serve(app, { port: 0, logger: quiet })
  t.after(() => server.close())
  const { end } = await take(await openFeed(`${server.url}/api/events`), 1)
  assert.equal(end?.event, 'problem')
  assert.equal(end?.data.code, 'internal')
  assert.doesNotMatch(JSON.stringify(end), /secret/)
})

const nothing = (): void => undefined
const quiet: any = {
  level: 'silent',
  fatal: nothing,
  error: nothing,
  warn: nothing,
  info: nothing,
  debug: nothing,
  trace: nothing,
  silent: nothing,
  child: () => quiet,
}

test('a reader that does not take holds the log back instead of filling memory, and misses nothing', async (t) => {
  const total = 400
  const real = await jarApp(t)
  const extra = 'x'.repeat(50_000)
  for (let index = 0; index < total; index++) await real.execute('PutIn', { jarId: `j${index % 7}`, coins: 1, extra })
  let read = 0
  const counted = async function* (options: Parameters<typeof real.events.follow>[0]) {
    for await (const item of real.events.follow(options)) {
      read++
      yield item
    }
  }
  const app = { ...real, events: { ...real.events, follow: counted } }
  const server = await serve(app, { port: 0 })
  t.after(() => server.close())
  const socket = connect(server.port, '127.0.0.1')
  socket.pause()
  socket.write('GET /api/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n')
  t.after(() => socket.destroy())
  let before = -1
  await until(async () => {
    const still = read > 0 && read === before
    before = read
    await sleep(200)
    return still
  })
  assert.ok(read > 0 && read < total - 50, `read ${read} of ${total} for a reader that took none`)
  let text = ''
  socket.setEncoding('latin1').on('data', (data) => {
    text += data
    if (text.includes(`"position":${total},`, text.length - data.length - 200_000)) socket.destroy()
  })
  socket.resume()
  await once(socket, 'close')
  const positions = [...text.matchAll(/"position":(\d+),/g)].map(([, digits]) => Number(digits))
  assert.equal(positions.length, total)
  assert.equal(positions.at(-1), total)
})

test('a reader that leaves ends its feed on the server', async (t) => {
  const { server, get } = await serveJars(t)
  const feeds = async (): Promise<number> => Number(/^khata_live_feeds (\d+)$/m.exec((await get('/metrics')).text)?.[1])
  const open = await Promise.all([1, 2, 3].map(() => openFeed(`${server.url}/api/events`)))
  assert.equal(await feeds(), 3)
  for (const feed of open) feed.close()
  await until(async () => (await feeds()) === 0)
})

test('HEAD of a feed answers at once, and what can be given is negotiated', async (t) => {
  const { get, request } = await serveJars(t)
  const head = await request('/api/events', { method: 'HEAD', headers: { accept: 'text/event-stream' } })
  assert.deepEqual([head.status, head.headers.get('content-type')], [200, 'text/event-stream; charset=utf-8'])
  assert.equal((await get('/api/events', { accept: 'application/xml' })).status, 406)
  assert.equal((await get('/api/events', { accept: 'text/html,*/*;q=0.8' })).status, 200)
  assert.equal((await get('/api/events', { accept: 'text/event-stream;q=0, application/json' })).status, 200)
  assert.equal((await get('/api/events?limit=5', { accept: 'text/event-stream' })).status, 400)
})
