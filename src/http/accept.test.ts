import assert from 'node:assert/strict'
import { test } from 'node:test'
import { preferred } from './accept.ts'

const types = ['application/json', 'text/event-stream'] as const

const cases: readonly (readonly [string | undefined, string | null])[] = [
  [undefined, 'application/json'],
  ['', 'application/json'],
  ['*/*', 'application/json'],
  ['text/event-stream', 'text/event-stream'],
  ['TEXT/Event-Stream', 'text/event-stream'],
  ['text/*', 'text/event-stream'],
  ['text/event-stream, application/json', 'application/json'],
  ['text/event-stream, application/json;q=0.9', 'text/event-stream'],
  ['text/event-stream;q=0.1, */*;q=0.5', 'application/json'],
  ['*/*, application/json;q=0', 'text/event-stream'],
  ['application/json;q=0, text/event-stream;q=0', null],
  ['image/png', null],
  ['application/json;q=nonsense', null],
  [',;,', null],
]

for (const [accept, type] of cases) {
  test(`Accept: ${accept ?? '(none)'} is answered with ${type ?? 'nothing'}`, () => {
    assert.equal(preferred(accept, types), type)
  })
}
