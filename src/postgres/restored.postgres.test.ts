/** A store that is put back to an earlier state while connections to it live on, as by `psql -1` or behind a pooler. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../ports/engine.ts'
import type { Condition } from '../ports/event-store.ts'
import { sample } from '../testing/conformance/samples.ts'
import { append, startRunner } from './batch-runner.fixture.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { restore } from './restore.fixture.ts'

const write = (engine: Engine, streamId: string, expected: number | null, type = 'Noted') =>
  engine.events.commit({ appends: [{ category: 'note', streamId, expected, events: [sample(type)] }] })

test('ES-66 a version that a restore took away is not appended to', async () => {
  const url = await newDatabase()
  await using engine = await openPostgres(url)
  for (const expected of [0, 1]) await write(engine, 'a', expected)
  await restore(url, 1)
  const given = await write(engine, 'a', 2)
  assert.deepEqual(given, { outcome: 'conflict', clause: 'moved-on', append: 0, actual: 1 })
  assert.equal((await write(engine, 'a', 1)).outcome, 'committed')
  assert.deepEqual(await engine.verify(), [])
})

test('ES-66 a version that was read and that a restore took away is not appended to, nor when others wrote since', async () => {
  const url = await newDatabase()
  await using engine = await openPostgres(url)
  await using other = await openPostgres(url)
  await write(engine, 'a', 0)
  await write(other, 'a', 1)
  await engine.events.readStream({ category: 'note', streamId: 'a', limit: 10 })
  await restore(url, 1)
  for (const expected of [0, 1]) await write(other, 'b', expected)
  const given = await write(engine, 'a', 2)
  assert.deepEqual(given, { outcome: 'conflict', clause: 'moved-on', append: 0, actual: 1 })
  assert.deepEqual(await engine.verify(), [])
})

test('ES-66 an event of a type that a restore took away is found by boundaries and guards', async () => {
  const url = await newDatabase()
  await using engine = await openPostgres(url)
  await write(engine, 'a', 0)
  await write(engine, 'b', 0, 'Taken')
  await restore(url, 1)
  assert.equal((await write(engine, 'c', 0, 'Taken')).outcome, 'committed')
  const query = [{ types: ['Taken'] }]
  const absent: Condition = { query, after: 0, clause: 'taken' }
  assert.equal((await engine.events.commit({ conditions: [absent] })).outcome, 'conflict')
  assert.equal((await engine.events.readLog({ after: 0, query, limit: 10 })).events.length, 1)
  assert.deepEqual(await engine.verify(), [])
})

test('ES-66 batches that follow each other before an answer are all decided on what a restore left', async () => {
  const url = await newDatabase()
  await using engine = await openPostgres(url)
  const runner = await startRunner(url, {})
  for (const expected of [1, 2]) await runner.perform([append('s', expected)])
  await restore(url, 1)
  const batches = [[append('s', 3)], [append('t', 0, 'Begun')], [append('s', 1)]]
  const results = (await Promise.all(batches.map((jobs) => runner.perform(jobs)))).flat()
  assert.deepEqual(
    results.map((result) => 'answer' in result && result.answer && 'outcome' in result.answer && result.answer.outcome),
    ['conflict', 'committed', 'committed'],
  )
  await runner.close()
  assert.deepEqual(await engine.verify(), [])
})

test('ES-67 whoever listens hears that events are gone before the commit that found it is answered', async () => {
  const url = await newDatabase()
  await using engine = await openPostgres(url)
  for (const expected of [0, 1]) await write(engine, 'a', expected)
  const heard: string[] = []
  engine.onCommit((lost) => void (lost && heard.push('lost')))
  await restore(url, 1)
  await write(engine, 'b', 0).then(({ outcome }) => heard.push(outcome))
  await write(engine, 'b', 1).then(({ outcome }) => heard.push(outcome))
  assert.deepEqual(heard, ['lost', 'committed', 'committed'])
})
