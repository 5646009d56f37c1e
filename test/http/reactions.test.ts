import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { serveBells } from './bells.ts'
import { type Answer, type Client, until } from './client.ts'

const json = { 'content-type': 'application/json' }
const post = ({ request }: Client, path: string, body?: unknown): Promise<Answer> =>
  request(path, body === undefined ? { method: 'POST' } : { method: 'POST', headers: json, body: JSON.stringify(body) })

/** Drops coins into wells and waits until as many lanes wait as will. */
async function drop(client: Client, wells: readonly (readonly [id: string, coins: number])[], parked: number): Promise<void> {
  for (const [wellId, coins] of wells) assert.equal((await client.send('Drop', { wellId, coins })).status, 200)
  await until(async () => {
    const { body } = await client.get('/api/consumers/reactor/bell')
    return body.parked === parked && body.lag === 0
  })
}

test('RUN-42 consumers are listed with how far they are, and paused, rewound and resumed by the user who asks', async (t) => {
  const client = await serveBells(t, { authenticate: () => ({ id: 'mina' }) })
  const { get, bell } = client
  bell.broken = false
  await drop(client, [['a', 2]], 0)
  const listed = await get('/api/consumers')
  assert.deepEqual(
    listed.body.consumers.map(({ name }: { name: string }) => name),
    ['reactor/bell', 'process/wishes'],
  )
  const early = await post(client, '/api/consumers/reactor/bell/rewind', { position: 0 })
  assert.deepEqual([early.status, early.body.code], [400, 'usage'])
  const paused = await post(client, '/api/consumers/reactor/bell/pause', { reason: 'the ringer sleeps' })
  assert.deepEqual([paused.status, paused.body.state, paused.body.reason], [200, 'paused', 'the ringer sleeps'])
  await until(async () => {
    // Until what is in work has come to a halt, it is told to try again.
    const rewound = await post(client, '/api/consumers/reactor/bell/rewind', { position: 0 })
    return rewound.status === 200 && rewound.body.position === 0
  })
  assert.deepEqual(bell.rung, ['a:2'])
  assert.equal((await post(client, '/api/consumers/reactor/bell/resume')).status, 200)
  await until(async () => bell.rung.length === 2)
  const { notes } = (await get('/api/notes?kind=paused&kind=rewound&kind=resumed&limit=10')).body
  assert.deepEqual(
    notes.map(({ kind, principal, consumer }: any) => `${kind} ${consumer} by ${principal}`),
    ['resumed reactor/bell by mina', 'rewound reactor/bell by mina', 'paused reactor/bell by mina'],
  )
})

test('dead letters are listed by page, shown with event, stack and history, and retried', async (t) => {
  const client = await serveBells(t, { authenticate: () => ({ id: 'mina' }) })
  const { get, bell } = client
  await drop(
    client,
    [
      ['a', 2],
      ['a', 3],
      ['a', 4],
      ['b', 5],
      ['c', 6],
    ],
    2,
  )
  assert.deepEqual(bell.rung.sort(), ['a:2', 'c:6'])
  const first = (await get('/api/dead-letters?limit=1&consumer=reactor/bell&state=parked')).body
  assert.equal(first.deadLetters.length, 1)
  const second = (await get(`/api/dead-letters?limit=1&after=${first.next}`)).body
  const lanes = [first, second].map(({ deadLetters }) => deadLetters[0].lane)
  assert.deepEqual(lanes.sort(), ['well/a', 'well/b'])
  const ofLane = (await get('/api/dead-letters?lane=well/a')).body.deadLetters
  assert.equal(ofLane.length, 1)

  const { id } = ofLane[0]
  const whole = (await get(`/api/dead-letters/${id}`)).body
  assert.deepEqual(
    [whole.error, whole.attempts, whole.codeVersion, whole.event.data, whole.history[0].kind],
    ['the bell is broken', 1, 'v1', { coins: 3 }, 'parked'],
  )
  assert.match(whole.stack, /the bell is broken\n/)

  bell.broken = false
  const retried = await post(client, `/api/dead-letters/${id}/retry`)
  assert.deepEqual([retried.status, retried.body], [202, { id, state: 'retrying' }])
  await until(async () => (await get(`/api/dead-letters/${id}`)).status === 404)
  assert.deepEqual(
    bell.rung.filter((one) => one.startsWith('a')),
    ['a:2', 'a:3', 'a:4'],
  )
  const history = (await get(`/api/notes?event=${whole.eventId}`)).body.notes
  assert.deepEqual(
    history.map(({ kind, principal }: any) => [kind, principal]),
    [
      ['parked', null],
      ['retried', 'mina'],
    ],
  )
})

test('corrected data is held against the event’s schema, tried dry, and leaves the event as it was', async (t) => {
  const client = await serveBells(t)
  await drop(client, [['a', 3]], 1)
  const [{ id }] = (await client.get('/api/dead-letters')).body.deadLetters
  const wrong = await post(client, `/api/dead-letters/${id}/retry`, { data: { coins: 'many' } })
  assert.deepEqual([wrong.status, wrong.body.code, wrong.body.errors[0].path], [400, 'validation', 'coins'])
  assert.equal((await post(client, `/api/dead-letters/${id}/dry-run`, { data: { coins: -1 } })).status, 400)
  const dry = await post(client, `/api/dead-letters/${id}/dry-run`, { data: { coins: 8 } })
  assert.deepEqual([dry.status, dry.body.ok, dry.body.event.data], [200, true, { coins: 8 }])
  assert.equal((await client.get('/api/dead-letters')).body.deadLetters[0].state, 'parked')
  assert.equal((await post(client, `/api/dead-letters/${id}/retry`, { data: { coins: 8 } })).status, 202)
  await until(async () => client.bell.rung.length === 1)
  assert.deepEqual(client.bell.rung, ['a:8'])
  assert.deepEqual((await client.get('/api/streams/well/a')).body.events[0].data, { coins: 3 })
})

test('a dead letter is discarded with a reason only, in the address or the body', async (t) => {
  const client = await serveBells(t)
  await drop(
    client,
    [
      ['a', 3],
      ['b', 5],
    ],
    2,
  )
  const [first, second] = (await client.get('/api/dead-letters')).body.deadLetters
  const without = await client.request(`/api/dead-letters/${first.id}`, { method: 'DELETE' })
  assert.deepEqual([without.status, without.body.errors[0].path], [400, 'reason'])
  const one = await client.request(`/api/dead-letters/${first.id}?reason=a+test`, { method: 'DELETE' })
  assert.deepEqual([one.status, one.body], [202, { id: first.id, state: 'discarding' }])
  const body = JSON.stringify({ reason: 'another test' })
  const other = await client.request(`/api/dead-letters/${second.id}`, { method: 'DELETE', headers: json, body })
  assert.equal(other.status, 202)
  await until(async () => (await client.get('/api/dead-letters')).body.deadLetters.length === 0)
  const { notes } = (await client.get('/api/notes?kind=discard')).body
  assert.deepEqual(notes.map(({ detail }: any) => detail.reason).sort(), ['a test', 'another test'])
  assert.deepEqual(client.bell.rung, [])
})

test('a group of dead letters is retried beside the requests, one group at a time', async (t) => {
  const client = await serveBells(t)
  const wells = Array.from({ length: 20 }, (_, n) => [`w${n}`, 1 + 2 * n] as const)
  await drop(client, wells, 20)
  client.bell.broken = false
  const asked = await post(client, '/api/dead-letters/retry', { consumer: 'reactor/bell', perSecond: 1 })
  assert.deepEqual([asked.status, asked.body.state], [202, 'running'])
  const twice = await post(client, '/api/dead-letters/retry', {})
  assert.deepEqual([twice.status, twice.body.code], [400, 'usage'])
  assert.equal((await client.request('/api/dead-letters/retry', { method: 'DELETE' })).status, 204)
  await until(async () => (await client.get('/api/dead-letters/retry')).body.state === 'cancelled')
  const { server } = asked.body
  assert.ok(server.endsWith(`:${process.pid}`))
  // Another server knows nothing of it, as here nothing is under way any more: it must not say that it has ended it.
  const none = await client.request('/api/dead-letters/retry', { method: 'DELETE' })
  assert.equal(none.status, 400)
  assert.match((await client.request('/api/dead-letters/retry', { method: 'DELETE' })).body.detail, new RegExp(server))
  assert.ok((await client.get('/api/dead-letters')).body.deadLetters.length > 0)
  await post(client, '/api/dead-letters/retry', { error: 'the bell is broken', perSecond: 1_000 })
  await until(async () => client.bell.rung.length === 20)
  await until(async () => (await client.get('/api/dead-letters/retry')).body.state === 'done')
  assert.equal((await post(client, '/api/dead-letters/retry', { consumer: 'nobody' })).status, 404)
})

test('RUN-45 a trace shows what reactors and processes made of each event', async (t) => {
  const client = await serveBells(t)
  const sent = await client.send('Drop', { wellId: 'a', coins: 11 })
  await drop(client, [], 1)
  const id = sent.body.events[0].id
  await until(async () => (await client.get('/api/streams/well/a')).body.events.length === 2)
  // That it is done is known by the checkpoint.
  await until(async () => (await client.get('/api/consumers/process/wishes')).body.lag === 0)
  const tree = (await client.get(`/api/events/${id}/trace`)).body
  const event = tree.children[0]
  const reactions = event.children.map(({ kind, name, outcome }: any) => [kind, name, outcome])
  assert.deepEqual(reactions.sort(), [
    ['reaction', 'process/wishes', 'done'],
    ['reaction', 'reactor/bell', 'parked'],
  ])
  const bell = event.children.find(({ name }: any) => name === 'reactor/bell')
  assert.equal(bell.notes[0].detail.error, 'the bell is broken')
  assert.match(JSON.stringify(tree), /"Grant"/)
})

test('metrics say how far consumers are, how many dead letters wait and since when', async (t) => {
  const client = await serveBells(t)
  await drop(
    client,
    [
      ['a', 3],
      ['b', 5],
    ],
    2,
  )
  await client.app.engine.events.commit({
    timers: [{ set: { id: 't', consumer: 'process/gone', dueAt: 1, body: '{}' } }],
  })
  const lines = (await client.get('/metrics')).text.split('\n')
  const sample = (line: string): void => assert.ok(lines.includes(line), line)
  sample('khata_dead_letters{consumer="reactor/bell",state="parked"} 2')
  sample('khata_consumer_lag{consumer="reactor/bell"} 0')
  sample('khata_consumer_state{consumer="reactor/bell",state="running"} 1')
  sample('khata_consumer_state{consumer="process/wishes",state="paused"} 0')
  sample('khata_timers_due 1')
  const age = lines.find((line) => line.startsWith('khata_dead_letter_oldest_age_seconds{consumer="reactor/bell"}')) ?? ''
  assert.match(age, /\} [0-9.e-]+$/)
  assert.ok(Number(age.split(' ')[1]) < 60, age)
  assert.equal((await client.get('/readyz')).status, 200)
})

test('what is unknown or wrong is a problem document, and the policy is asked about every action', async (t) => {
  const asked: string[] = []
  const client = await serveBells(
    t,
    { authenticate: ({ headers }) => (headers.authorization ? { id: 'guest' } : null) },
    {
      authorize: ({ kind, name }) => {
        asked.push(`${kind} ${name}`)
        return kind !== 'operate' || /^(list|read)-/.test(name)
      },
    },
  )
  const known = { authorization: 'Bearer x' }
  assert.equal((await client.get('/api/dead-letters')).status, 401)
  assert.equal((await client.get('/api/dead-letters', known)).status, 200)
  const refused: readonly (readonly [method: string, path: string, status: number, code: string])[] = [
    ['GET', '/api/consumers/reactor/nothing', 404, 'unknown-consumer'],
    ['GET', '/api/dead-letters/nothing', 404, 'unknown-dead-letter'],
    ['GET', '/api/dead-letters?consumer=nothing', 404, 'unknown-consumer'],
    ['GET', '/api/dead-letters?state=lost', 400, 'validation'],
    ['GET', '/api/dead-letters?limit=0', 400, 'validation'],
    ['GET', '/api/dead-letters?since=0', 400, 'validation'],
    ['GET', '/api/notes?event=', 400, 'validation'],
    ['POST', '/api/consumers/reactor/bell/pause', 403, 'forbidden'],
    ['POST', '/api/consumers/reactor/bell/resume', 403, 'forbidden'],
    ['POST', '/api/consumers/reactor/bell/rewind', 403, 'forbidden'],
    ['POST', '/api/dead-letters/x/retry', 403, 'forbidden'],
    ['POST', '/api/dead-letters/x/dry-run', 404, 'unknown-dead-letter'],
    ['POST', '/api/dead-letters/retry', 403, 'forbidden'],
    ['DELETE', '/api/dead-letters/x?reason=y', 403, 'forbidden'],
    ['PUT', '/api/dead-letters', 405, 'method-not-allowed'],
  ]
  for (const [method, path, status, code] of refused) {
    const answer = await client.request(path, { method, headers: known })
    assert.deepEqual([answer.status, answer.body.code], [status, code], `${method} ${path}`)
  }
  assert.ok(asked.includes('operate discard-dead-letter') && asked.includes('operate pause-consumer'), asked.join())
})

test('bodies of operators are refused when they hold what nobody asked for', async (t) => {
  const client = await serveBells(t)
  for (const [path, body, where] of [
    ['/api/consumers/reactor/bell/pause', { because: 'x' }, 'because'],
    ['/api/consumers/reactor/bell/pause', { reason: 7 }, 'reason'],
    ['/api/consumers/reactor/bell/rewind', {}, 'position'],
    ['/api/consumers/reactor/bell/rewind', { position: -1 }, 'position'],
    ['/api/dead-letters/retry', { perSecond: 0 }, 'perSecond'],
    ['/api/dead-letters/retry', [], ''],
  ] as const) {
    const answer = await post(client, path, body)
    assert.deepEqual([answer.status, answer.body.errors?.[0]?.path], [400, where], `${path} ${JSON.stringify(body)}`)
  }
})

test('what operators are answered has the form that the description gives it', async (t) => {
  const client = await serveBells(t)
  await drop(client, [['a', 3]], 1)
  const document = (await client.get('/openapi.json')).body
  const inner = (value: unknown) => JSON.parse(JSON.stringify(value).replaceAll('#/components/schemas/', '#/$defs/'))
  const conform = (method: string, path: string, answer: Answer): void => {
    const response = document.paths[path][method].responses[answer.status]
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] as string
    const schema = { ...inner(response.content[type].schema), $defs: inner(document.components.schemas) }
    const { success, error } = z.fromJSONSchema(schema).safeParse(answer.body)
    assert.ok(success, `${method} ${path}: ${JSON.stringify(error?.issues)}`)
  }
  const { deadLetters } = (await client.get('/api/dead-letters')).body
  const { id, eventId } = deadLetters[0]
  conform('get', '/api/consumers', await client.get('/api/consumers'))
  conform('get', '/api/consumers/{kind}/{name}', await client.get('/api/consumers/reactor/bell'))
  conform('get', '/api/consumers/{kind}/{name}', await client.get('/api/consumers/reactor/none'))
  conform('get', '/api/dead-letters', await client.get('/api/dead-letters'))
  conform('get', '/api/dead-letters/{id}', await client.get(`/api/dead-letters/${id}`))
  conform('post', '/api/dead-letters/{id}/dry-run', await post(client, `/api/dead-letters/${id}/dry-run`, {}))
  conform('get', '/api/dead-letters/retry', await client.get('/api/dead-letters/retry'))
  conform('get', '/api/notes', await client.get('/api/notes'))
  conform('get', '/api/events/{id}/trace', await client.get(`/api/events/${eventId}/trace`))
  conform('post', '/api/dead-letters/{id}/retry', await post(client, `/api/dead-letters/${id}/retry`, {}))
  conform('post', '/api/dead-letters/retry', await post(client, '/api/dead-letters/retry', {}))
  conform('post', '/api/consumers/{kind}/{name}/pause', await post(client, '/api/consumers/process/wishes/pause', {}))
})

test('a document of a view that waits behind a dead letter is listed, counted, told to who asks, and retried', async (t) => {
  const client = await serveBells(t)
  const { get, bell } = client
  Object.assign(bell, { broken: false, dark: true })
  for (const [wellId, coins] of [
    ['a', 13],
    ['b', 4],
  ]) {
    await client.send('Drop', { wellId, coins })
  }
  const sent = await client.send('Drop', { wellId: 'a', coins: 2 })
  const after = { 'khata-after': sent.body.token }
  const hidden = await get('/api/queries/depths?id=a', after)
  assert.deepEqual([hidden.status, hidden.body.code], [503, 'view-incomplete'])
  assert.ok(hidden.headers.get('retry-after'))
  assert.equal((await get('/api/queries/depths?id=b', after)).body.data.coins, 4)
  const [letter] = (await get('/api/dead-letters')).body.deadLetters
  assert.deepEqual([letter.lane, letter.consumer.startsWith('view/depths')], ['a', true])
  assert.match(letter.error, /it is dark/)
  assert.match((await get('/metrics')).text, /^khata_dead_letters\{consumer="view\/depths[^"]*",state="parked"\} 1$/m)
  assert.equal((await get(`/api/dead-letters?consumer=${letter.consumer}`)).body.deadLetters.length, 1)
  const corrected = await post(client, `/api/dead-letters/${letter.id}/retry`, { data: { coins: 1 } })
  assert.deepEqual([corrected.status, corrected.body.code], [400, 'usage'])
  bell.dark = false
  assert.equal((await post(client, '/api/dead-letters/retry', { consumer: letter.consumer })).status, 202)
  await until(async () => (await get('/api/dead-letters')).body.deadLetters.length === 0)
  assert.equal((await get('/api/queries/depths?id=a', after)).body.data.coins, 15)
})
