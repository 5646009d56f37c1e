import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { isKhataError } from '../model/error.ts'
import type { Commit } from '../ports/event-store.ts'
import { openSqlite } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'khata-thread-'))
after(() => rmSync(directory, { recursive: true }))

function appendTo(streamId: string): Commit {
  const event = { id: `event-${streamId}`, type: 'Happened', schemaVersion: 1, data: '{}', metadata: '{}', tags: [] }
  const events = [{ ...event, occurredAt: null, commandId: null, correlationId: null }]
  return { appends: [{ category: 'account', streamId, expected: 0, events }] }
}

test('when the writer dies its callers learn that the outcome is unknown, and a new one takes what comes next', async () => {
  const threads: Worker[] = []
  const note = (worker: Worker): void => void threads.push(worker)
  process.on('worker', note)
  const path = join(directory, 'log.db')
  await using engine = await openSqlite(path)
  await engine.events.commit(appendTo('before'))

  const lock = new DatabaseSync(path)
  lock.exec('BEGIN IMMEDIATE')
  const first = engine.events.commit(appendTo('a'))
  await new Promise((resolve) => setTimeout(resolve, 50))
  const second = engine.events.commit(appendTo('b'))
  const told = assert.rejects(first, (error) => isKhataError(error, 'store-unavailable') && /unknown/.test(error.message))
  await threads[0]?.terminate()
  await told
  lock.exec('ROLLBACK')
  lock.close()

  assert.equal((await second).outcome, 'committed')
  assert.equal((await engine.events.commit(appendTo('a'))).outcome, 'committed')
  assert.equal((await engine.events.head()).position, 3)
  assert.equal(threads.length, 2)
  process.off('worker', note)
})

test('a commit waits for another program that holds the lock, and the event loop goes on', async () => {
  const path = join(directory, 'held.db')
  await using engine = await openSqlite(path)
  const lock = new DatabaseSync(path)
  lock.exec('BEGIN IMMEDIATE')
  const commit = engine.events.commit(appendTo('a'))
  let made = false
  void commit.then(() => {
    made = true
  })
  for (let turns = 0; turns < 10_000; turns++) await new Promise((resolve) => setImmediate(resolve))
  assert.equal(made, false)
  lock.exec('COMMIT')
  lock.close()
  assert.equal((await commit).outcome, 'committed')
})
