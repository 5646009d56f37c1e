/** Probes while the store answers nothing: whoever asks hears so before giving up. */
import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { serve } from '../../src/http/index.ts'
import type { AnyApp } from '../../src/index.ts'
import { type Client, clientOf, until } from './client.ts'
import { jarApp } from './jars.ts'

interface Store {
  /** How often it was asked while it was silent. */
  readonly asked: () => number
  /** Answers everything, also what it was asked before. */
  speak(): void
}

/** A served app whose store says nothing. */
async function serveSilent(context: TestContext): Promise<Client & { readonly store: Store }> {
  const app = await jarApp(context)
  const speaks = Promise.withResolvers<void>()
  let asked = 0
  const silently = async <T>(ask: () => Promise<T>): Promise<T> => {
    asked++
    await speaks.promise
    return ask()
  }
  const silent: AnyApp = {
    ...app,
    health: () => silently(() => app.health()),
    reactions: { ...app.reactions, backlog: () => silently(() => app.reactions.backlog()) },
  }
  const server = await serve(silent, { port: 0 })
  context.after(() => server.close())
  return { ...clientOf(silent, server), store: { asked: () => asked, speak: speaks.resolve } }
}

test('probes are answered while the store says nothing, with what is known without it', async (t) => {
  const { get, store } = await serveSilent(t)
  const ready = await get('/readyz')
  assert.deepEqual([ready.status, ready.body], [503, { ready: false }])
  const { status, text } = await get('/metrics')
  assert.equal(status, 200)
  assert.match(text, /^khata_store_up 0$/m)
  assert.match(text, /^khata_ready 0$/m)
  assert.match(text, /^khata_http_requests_in_flight 1$/m)
  store.speak()
  await until(async () => (await get('/readyz')).status === 200)
  assert.match((await get('/metrics')).text, /^khata_store_up 1$/m)
})

test('probes do not ask again a store that has not answered yet', async (t) => {
  const { get, store } = await serveSilent(t)
  await Promise.all(['/readyz', '/readyz', '/metrics', '/metrics'].map((path) => get(path)))
  await Promise.all([get('/readyz'), get('/metrics')])
  assert.equal(store.asked(), 2, 'one look at its health, one at its backlog')
  store.speak()
})
