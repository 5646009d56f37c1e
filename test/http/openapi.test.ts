import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { createHttp } from '../../src/http/index.ts'
import { type Answer, serveJars } from './client.ts'
import { jarApp } from './jars.ts'

/** Checks a value against a schema of the document; what JSON Schema says is said again by Zod. */
function check(document: any, schema: any, value: unknown, what: string): void {
  const defs = JSON.parse(JSON.stringify(document.components.schemas).replaceAll('#/components/schemas/', '#/$defs/'))
  const inner = JSON.parse(JSON.stringify(schema).replaceAll('#/components/schemas/', '#/$defs/'))
  const result = z.fromJSONSchema({ ...inner, $defs: defs }).safeParse(value)
  assert.ok(result.success, `${what}: ${JSON.stringify(result.error?.issues)} in ${JSON.stringify(value)}`)
}

test('answers have the form that the description gives them', async (t) => {
  const { send, get, request } = await serveJars(t)
  const document = (await get('/openapi.json')).body
  const conform = (method: string, path: string, answer: Answer): void => {
    const response = document.paths[path][method].responses[answer.status]
    assert.ok(response, `${method} ${path} describes ${answer.status}`)
    const type = (answer.headers.get('content-type') ?? '').split(';')[0] as string
    check(document, response.content[type].schema, answer.body, `${method} ${path} ${answer.status}`)
    for (const name of Object.keys(response.headers ?? {})) assert.ok(answer.headers.get(name), `${path} has ${name}`)
  }
  const receipt = await send('PutIn', { jarId: 'kitchen', coins: 3, note: 'n' }, { 'idempotency-key': 'k' })
  conform('post', '/api/commands/PutIn', receipt)
  const after = { 'khata-after': receipt.body.token }
  conform('post', '/api/commands/PutIn', await send('PutIn', { jarId: 'kitchen', coins: 4 }, { 'idempotency-key': 'k' }))
  conform('post', '/api/commands/PutIn', await send('PutIn', { coins: 'x' }))
  conform('post', '/api/commands/PutIn', await send('PutIn', { jarId: 'x', coins: 1 }, { 'if-match': '"9"' }))
  conform('post', '/api/commands/TakeOut', await send('TakeOut', { jarId: 'kitchen', coins: 40 }))
  conform('get', '/api/queries/jars', await get('/api/queries/jars?id=kitchen', after))
  conform('get', '/api/queries/jars', await get('/api/queries/jars?order=-coins', after))
  conform('get', '/api/queries/jars', await get('/api/queries/jars?id=nowhere'))
  conform('get', '/api/queries/jars', await get('/api/queries/jars', { 'khata-after': '99', 'khata-wait': '0' }))
  conform('get', '/api/queries/fullest', await get('/api/queries/fullest?count=2'))
  conform('get', '/api/streams/{category}/{id}', await get('/api/streams/jar/kitchen'))
  conform('get', '/api/streams/{category}/{id}', await get('/api/streams/jar/nowhere'))
  conform('get', '/api/streams/{category}/{id}/state', await get('/api/streams/jar/kitchen/state'))
  conform('get', '/api/streams/{category}/{id}/state', await get('/api/streams/jar/kitchen/state?at=2000-01-01'))
  conform('get', '/api/events', await get('/api/events'))
  conform('get', '/api/events/{id}/trace', await get(`/api/events/${receipt.body.events[0].id}/trace`))
  conform('get', '/api/projections', await get('/api/projections'))
  conform('get', '/api/projections/{name}', await get('/api/projections/jars'))
  conform('post', '/api/projections/{name}/rebuild', await request('/api/projections/jars/rebuild', { method: 'POST' }))
  conform('get', '/api/projections/{name}', await get('/api/projections/jars'))
  conform('get', '/healthz', await get('/healthz'))
  conform('get', '/readyz', await get('/readyz'))
})

test('every API route is described, and everything described is a route', async (t) => {
  const http = createHttp(await jarApp(t))
  t.after(() => http.close())
  const routes = new Set<string>()
  http.addHook('onRoute', ({ method, url, config }) => {
    const described = url.startsWith('/api/') || ['/healthz', '/readyz', '/metrics'].includes(url)
    for (const one of [method].flat()) if (described && config?.policy !== 'public') routes.add(`${one.toLowerCase()} ${url}`)
  })
  const { paths } = (await http.inject('/openapi.json')).json()
  const described = Object.entries<object>(paths).flatMap(([path, operations]) =>
    Object.keys(operations)
      .filter((method) => method !== 'parameters')
      .map((method) => {
        const general = path.replace(/^\/api\/(commands|queries)\/.+/, '/api/$1/{name}')
        return `${method} ${general.replace(/\{(\w+)\}/g, ':$1')}`
      }),
  )
  const probes = ['get /healthz', 'get /readyz']
  assert.deepEqual(
    [...new Set(described)].filter((route) => !probes.includes(route)).sort(),
    [...routes].filter((route) => !route.startsWith('head ')).sort(),
  )
})

test('commands are described with their input, their rejections and what they are for', async (t) => {
  const { get } = await serveJars(t)
  const document = (await get('/openapi.json')).body
  const takeOut = document.paths['/api/commands/TakeOut'].post
  assert.match(takeOut.summary, /Takes coins out/)
  assert.match(takeOut.responses['422'].description, /not-enough/)
  const input = document.components.schemas['command.TakeOut']
  assert.deepEqual([...input.required].sort(), ['coins', 'jarId'])
  assert.equal(input.properties.coins.exclusiveMinimum, 0)
  assert.deepEqual(
    document.paths['/api/queries/jars'].get.parameters
      .filter((one: any) => one.name.startsWith('coins'))
      .map((one: any) => one.name),
    ['coins', 'coins.gt', 'coins.gte', 'coins.lt', 'coins.lte'],
  )
})

test('every reference in the description leads somewhere', async (t) => {
  const { get } = await serveJars(t)
  const document = (await get('/openapi.json')).body
  const seen = new Set([...JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path as string))
  assert.ok(seen.size > 10)
  for (const path of seen) {
    assert.ok(
      path.split('/').reduce((value: any, step) => value?.[step], document),
      path,
    )
  }
})

test('the pages work without a network and show names and descriptions as text', async (t) => {
  const { get } = await serveJars(t)
  const page = await get('/docs')
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8')
  const files = [...page.text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address as string)
  assert.equal(files.length, 5)
  for (const file of files) {
    assert.doesNotMatch(file, /^(https?:)?\/\//)
    const { status, text } = await get(`/${file}`)
    assert.equal(status, 200, file)
    assert.ok(text.length > 100)
  }
  assert.doesNotMatch(page.headers.get('content-security-policy') ?? '', /script-src[^;]*(unsafe|http)/)
  assert.equal((await get('/docs/..%2f..%2fpackage.json')).status, 404)
  assert.equal((await get('/docs/constructor')).status, 404)
  const landing = await get('/')
  assert.match(landing.text, /POST \/api\/commands\/TakeOut/)
  assert.match(landing.text, /&lt;b&gt;never more than are in&lt;\/b&gt;/)
  assert.doesNotMatch(landing.text, /<b>never/)
})
