import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serve } from '../../src/http/index.ts'
import { start } from '../../src/runtime/ledger.fixture.ts'
import { clientOf } from './client.ts'

test('a command of a boundary knows no version: no ETag, no If-Match, and a clear answer to who asks for one', async (t) => {
  const app = await start(t)
  const server = await serve(app, { port: 0 })
  t.after(() => server.close())
  const { send, get } = clientOf(app, server)
  await send('Plan', { courseId: 'c', seats: 9 })
  const input = { courseId: 'c', studentId: 's' }
  const done = await send('Enrol', input)
  assert.deepEqual([done.status, done.headers.get('etag')], [200, null])
  assert.equal(done.headers.get('khata-position'), done.body.token)
  for (const tag of ['"0"', '"1"']) {
    const { status, body } = await send('Enrol', input, { 'if-match': tag })
    assert.deepEqual([status, body.code, body.errors[0].path], [400, 'validation', 'If-Match'])
  }
  assert.equal((await app.events.head()).position, 2)

  const { paths } = (await get('/openapi.json')).body
  const described = (name: string) => {
    const { parameters, responses } = paths[`/api/commands/${name}`].post
    const headers = parameters.map((parameter: { name: string }) => parameter.name)
    return [headers.includes('If-Match'), '412' in responses, 'ETag' in responses[200].headers]
  }
  assert.deepEqual(described('Enrol'), [false, false, false])
  assert.deepEqual(described('Plan'), [true, true, true])
})
