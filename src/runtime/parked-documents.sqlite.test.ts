import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UnplacedEvent } from '../model/recorded-event.ts'
import { openSqlite } from '../sqlite/index.ts'
import { noteOf } from '../testing/conformance/reactions.ts'
import { recordedSkips } from './parked-documents.ts'

test('what was discarded for a document is remembered, however much was discarded elsewhere since', async () => {
  await using engine = await openSqlite(':memory:')
  const own = noteOf('event-7', 'discarded', { consumer: 'projection/orders', detail: '{"document":"o-1"}' })
  const others = Array.from({ length: 100_000 }, () => noteOf('event-8', 'discarded', { consumer: 'reactor/mail' }))
  await engine.events.commit({ notes: [own] })
  await engine.events.commit({ notes: others })
  const skips = await recordedSkips(engine, 'orders')
  const event = (id: string) => ({ id }) as UnplacedEvent
  assert.ok(skips.has(event('event-7'), 'o-1'))
  assert.ok(!skips.has(event('event-8'), 'o-1'))
})
