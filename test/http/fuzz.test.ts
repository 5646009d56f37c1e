import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Answer, serveJars } from './client.ts'

interface Operation {
  readonly method: string
  readonly path: string
  readonly parameters: readonly { readonly name: string; readonly in: string }[]
}

function operationsOf(document: any): readonly Operation[] {
  return Object.entries<any>(document.paths).flatMap(([path, item]) =>
    Object.keys(item)
      .filter((method) => method !== 'parameters')
      .map((method) => ({
        method: method.toUpperCase(),
        path,
        parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])],
      })),
  )
}

const odd = fc.oneof(
  fc.constantFrom(
    '',
    '0',
    '-1',
    '1e999',
    'null',
    '__proto__',
    'constructor',
    '../..',
    '%',
    '\0',
    "' OR 1=1 --",
    '"5"',
    '*',
    'jar',
    'kitchen',
  ),
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary' }),
  fc.integer().map(String),
  fc.double().map(String),
)
const headerText = fc
  .oneof(odd, fc.string({ unit: 'grapheme-ascii' }))
  .map((text) => text.replace(/[^\x20-\x7e\xa0-\xff]/g, '?').trim())
const wildValue = fc.oneof(fc.jsonValue(), odd, fc.constantFrom(-1, 1e308, 2 ** 53, 1.5, [], {}, null, true))
const body = fc.oneof(
  wildValue.map((value) => JSON.stringify(value)),
  fc
    .record({ jarId: wildValue, coins: wildValue, note: wildValue, extra: wildValue }, { requiredKeys: [] })
    .map((value) => JSON.stringify(value)),
  fc
    .record({ jarId: fc.constant('kitchen'), coins: fc.integer({ min: 1, max: 9 }), extra: wildValue })
    .map((value) => JSON.stringify(value)),
  fc.string({ unit: 'binary' }),
)

function requestOf(operation: Operation): fc.Arbitrary<{ readonly path: string; readonly init: RequestInit }> {
  const named = (place: string): readonly string[] =>
    operation.parameters.filter((one) => one.in === place).map(({ name }) => name)
  const values = (names: readonly string[], value: fc.Arbitrary<string>): fc.Arbitrary<Record<string, string>> =>
    fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] }) as fc.Arbitrary<
      Record<string, string>
    >
  return fc
    .record({
      path: fc.record(Object.fromEntries(named('path').map((name) => [name, odd]))),
      query: fc.oneof(values(named('query'), odd), fc.dictionary(odd, odd, { maxKeys: 3 })),
      headers: fc.oneof(fc.constant({}), values([...named('header'), 'Accept'], headerText)),
      type: fc.constantFrom('application/json', 'application/json', 'application/json', 'text/plain', 'nonsense'),
      body,
    })
    .map((parts) => {
      const path = operation.path.replace(/\{(\w+)\}/g, (_, name) => encode((parts.path as Record<string, string>)[name] ?? ''))
      const query = Object.entries(parts.query).map(([name, value]) => `${encode(name)}=${encode(value)}`)
      const headers = { ...parts.headers, 'khata-wait': '5' }
      const init = { method: operation.method, headers }
      return {
        path: `${path}?${query.join('&')}`,
        init:
          operation.method === 'POST'
            ? { ...init, headers: { ...headers, 'content-type': parts.type }, body: parts.body }
            : init,
      }
    })
}

function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed())
}

test('whatever is sent to any described route, the answer is success or a problem document, and only receipts store', async (t) => {
  const { app, get, request } = await serveJars(t)
  const document = (await get('/openapi.json')).body
  const operations = operationsOf(document).filter(({ path }) => !path.endsWith('/Spring'))
  let events = 0
  const judge = (answer: Answer, what: string): void => {
    if (answer.status < 400) {
      if (answer.body?.events && answer.body?.token && !answer.body.repeated) events += answer.body.events.length
      return
    }
    const known = answer.status < 500 || ['still-processing', 'view-incomplete'].includes(answer.body?.code)
    assert.ok(known, `${what} ${answer.status} ${answer.text}`)
    assert.equal(answer.headers.get('content-type'), 'application/problem+json', what)
    assert.equal(typeof answer.body.code, 'string', what)
  }
  for (const operation of operations) {
    await fc.assert(
      fc.asyncProperty(requestOf(operation), async ({ path, init }) => {
        const live = /event-stream|text\/\*/i.test(String((init.headers as Record<string, string>)['Accept'] ?? ''))
        if (live) return
        judge(await request(path, init), `${operation.method} ${path} ${JSON.stringify(init)}`)
      }),
      { numRuns: 60 },
    )
  }
  assert.ok(events > 0)
  assert.equal((await app.events.head()).position, events)
})
