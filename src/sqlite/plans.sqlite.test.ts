import assert from 'node:assert/strict'
import type { SQLInputValue } from 'node:sqlite'
import { test } from 'node:test'
import { v7 } from 'uuid'
import type { EventQuery } from '../model/decision.ts'
import type { DeadLetterRange, ReactionStore } from '../ports/reaction-store.ts'
import type { DocumentRange, ViewShape } from '../ports/view-store.ts'
import type { Connection } from './connection.ts'
import { findDocuments } from './find-documents.ts'
import { lookUp } from './look-up.ts'
import { openSession } from './open-session.ts'
import { reactionStore } from './reaction-store.ts'
import { readLog } from './read-log.ts'
import { readStream } from './read-stream.ts'
import type { Reader } from './reader.ts'
import type { Session } from './session.ts'
import { runJobs } from './transaction.ts'

// How SQLite goes about a question, so that no answer gets slower as the log or a view grows.

function store(): Session {
  const session = openSession(':memory:', 'memory', 'normal', 0)
  const events = Array.from({ length: 40 }, (_, i) => ({
    id: v7(),
    type: `Type${i % 4}`,
    schemaVersion: 1,
    data: '{}',
    metadata: '{}',
    tags: [`n:${i % 5}`, 'all:yes'],
    occurredAt: null,
    commandId: null,
    correlationId: null,
  }))
  const appends = ['a', 'b'].map((category, i) => ({
    category,
    streamId: '1',
    expected: 0,
    events: events.slice(i * 20, i * 20 + 20),
  }))
  runJobs(session, [{ kind: 'commit', commit: { appends } }], Date.now, 'test', () => {})
  return session
}

/** The plans of all statements that a piece of work uses. */
function plans(session: Session, work: (connection: Connection) => unknown): string[] {
  const found: string[] = []
  const sql: Connection['sql'] = (text) => {
    const statement = session.sql(text)
    const explain = (values: SQLInputValue[]): void => {
      const steps = session.db.prepare(`EXPLAIN QUERY PLAN ${text}`).all(...values)
      found.push(...steps.map((step) => String(step['detail'])))
    }
    return new Proxy(statement, {
      get:
        (_, name: 'all' | 'get') =>
        (...values: SQLInputValue[]) => {
          explain(values)
          return statement[name](...values)
        },
    })
  }
  work({ ...session, sql })
  return found
}

/** Steps that cost more the larger the store is. */
function costly(steps: readonly string[]): string[] {
  const bounded = /SCAN (place|json_each|\(subquery|\(join|CONSTANT|other|event_kind)|SCAN .*VIRTUAL TABLE INDEX/
  return steps.filter((step) => (/^SCAN /.test(step) || /TEMP B-TREE/.test(step)) && !bounded.test(step))
}

test('reading and guarding the log walks ranges of indexes, never the log', () => {
  const session = store()
  const queries: (EventQuery | undefined)[] = [
    undefined,
    [{ types: ['Type1'] }],
    [{ categories: ['a'] }],
    [{ types: ['Type1', 'Type2'], categories: ['b'] }],
    [{ tags: ['n:1'] }],
    [{ tags: ['n:1', 'all:yes'] }],
    [{ tags: ['all:yes'], types: ['Type2'] }],
    [{ tags: ['n:1'] }, { types: ['Type3'], categories: ['a'] }, { tags: ['n:2', 'all:yes'], types: ['Type0', 'Type1'] }],
  ]
  for (const query of queries) {
    for (const backwards of [false, true]) {
      const range = { after: backwards ? 30 : 10, limit: 5, backwards, ...(query ? { query } : {}) }
      const steps = plans(session, (connection) => readLog(connection, range))
      assert.deepEqual(costly(steps), [], JSON.stringify(query))
    }
  }
  const correlated = plans(session, (connection) => lookUp(connection, { correlationId: 'x', near: 20, limit: 5 }))
  assert.deepEqual([costly(correlated), correlated.length], [[], 2])
  const stream = { category: 'a', streamId: '1', limit: 5 }
  for (const range of [stream, { ...stream, backwards: true }, { ...stream, from: 3, to: 9 }, { ...stream, recordedBy: 5 }]) {
    assert.deepEqual(costly(plans(session, (connection) => readStream(connection, range))), [])
  }
})

test('letters, timers and notes are found in ranges of indexes, in order', () => {
  const session = store()
  const asked = (range: (reactions: ReactionStore) => unknown) =>
    plans(session, (connection) => range(reactionStore({ read: async (look) => look(connection) } as Reader)))
  const letters = (range: Partial<DeadLetterRange>) => asked((reactions) => reactions.deadLetters({ ...range, limit: 5 }))
  for (const after of [{}, { after: 'm' }]) {
    const inState = { state: 'parked' as const, ...after }
    for (const range of [inState, { consumer: 'c', ...after }, { consumer: 'c', ...inState }]) {
      const steps = letters(range)
      assert.deepEqual([costly(steps), steps.length], [[], 1], JSON.stringify(range))
      assert.match(steps[0] ?? '', new RegExp(`USING INDEX .*${after.after ? 'id>' : '=?'}`))
    }
  }
  for (const kinds of [['failed'], ['failed', 'parked']]) {
    assert.deepEqual(costly(asked((reactions) => reactions.notes({ kinds, limit: 5 }))), [])
  }
  for (const dueBy of [{}, { dueBy: 7 }]) {
    assert.deepEqual(costly(asked((reactions) => reactions.timers({ consumer: 'c', ...dueBy, limit: 5 }))), [])
  }
  // What is found of these is sorted: it is no more than was named.
  const named = [
    letters({ consumer: 'c', lanes: ['a', 'b'] }),
    asked((reactions) => reactions.notes({ eventIds: ['a', 'b'], limit: 5 })),
  ]
  const sorting = 'USE TEMP B-TREE FOR ORDER BY'
  for (const steps of named) assert.deepEqual(costly(steps.filter((step) => step !== sorting)), [])
  assert.match(named[0]?.[0] ?? '', /consumer=\? AND lane=\?/)
})

test('finding documents walks a range of an index, in order, without sorting', () => {
  const session = store()
  const shape: ViewShape = {
    generation: 'v_1',
    fields: [
      { name: 'city', type: 'text' },
      { name: 'age', type: 'number' },
    ],
    indexes: [['city'], ['age'], ['city', 'age']],
    search: true,
  }
  runJobs(session, [{ kind: 'prepare', shape }], Date.now, 'test', () => {})
  const order = { field: 'age', descending: false }
  const city = [{ field: 'city', op: 'eq', value: 'x' } as const]
  const ranges: Partial<DocumentRange>[] = [
    { order },
    { order: { ...order, descending: true } },
    { order, after: { value: 3, id: 'a' } },
    { order, after: { value: null, id: 'a' } },
    { order: { ...order, descending: true }, after: { value: 3, id: 'a' } },
    { where: city },
    { where: city, order },
    { where: city, order, after: { value: 3, id: 'a' } },
    { where: [{ field: 'age', op: 'gt', value: 3 }], order },
    {},
    { after: { value: 'a', id: 'a' } },
  ]
  for (const range of ranges) {
    const whole = { generation: 'v_1', where: [], limit: 5, ...range }
    const steps = plans(session, (connection) => findDocuments(connection, shape, whole))
    // Without a filter the whole index is walked, in order, until the page is full.
    const wrong = costly(steps).filter((step) => !/^SCAN view_v_1 USING INDEX/.test(step))
    assert.deepEqual(wrong, [], JSON.stringify(range))
  }
})
