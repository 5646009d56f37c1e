import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { TraceNode } from './app-log.ts'
import { traceOf } from './trace.ts'

const nothing = { byEvent: new Map(), whole: true }

/** A command that causes the next for ever, as a process with a deadline that recurs does. */
function chain(length: number): RecordedEvent[] {
  return Array.from({ length }, (_, index) => ({
    position: index + 1,
    id: `e${index}`,
    category: 'clock',
    streamId: 'one',
    version: index + 1,
    type: 'Ticked',
    schemaVersion: 1,
    data: {},
    metadata: { command: 'Tick', ...(index > 0 ? { causationId: `e${index - 1}` } : {}) },
    tags: [],
    occurredAt: '2026-01-05T09:30:00.000Z',
    recordedAt: '2026-01-05T09:30:00.000Z',
    commandId: `c${index}`,
    correlationId: 'x',
  }))
}

function pathOf(root: TraceNode): TraceNode[] {
  const path: TraceNode[] = []
  for (let node: TraceNode | undefined = root; node; node = node.children[0]) path.push(node)
  return path
}

test('a chain of causes as long as a log is shown around the event that was asked for', () => {
  const events = chain(20_000)
  for (const asked of ['e0', 'e10000', 'e19999']) {
    const root = traceOf({ events, whole: true }, asked, nothing)
    const path = pathOf(root)
    assert.ok(path.some(({ id }) => id === asked))
    assert.ok(path.length <= 256)
    assert.equal(root.truncated, true)
    // Where it was cut, the node says so; the last of all has nothing below.
    assert.equal(path.at(-1)?.truncated, asked === 'e19999' ? undefined : true)
    assert.ok(JSON.stringify(root).length > 0)
  }
})

test('a tree that is shown as a whole is not marked', () => {
  const path = pathOf(traceOf({ events: chain(50), whole: true }, 'e49', nothing))
  assert.equal(path.length, 100)
  assert.ok(path.every(({ truncated }) => truncated === undefined))
})
