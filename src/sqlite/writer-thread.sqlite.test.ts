import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, type TestContext, test } from 'node:test'
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

/** The writer's threads that are started until the test ends. */
function threadsOf(context: TestContext): readonly Worker[] {
  const threads: Worker[] = []
  const note = (worker: Worker): void => void threads.push(worker)
  process.on('worker', note)
  context.after(() => process.off('worker', note))
  return threads
}

/** Lets a thread work and ends it instead of giving the next answer. */
function loseNextAnswer(worker: Worker | undefined): void {
  const emit = worker?.emit.bind(worker)
  if (!worker || !emit) return
  worker.emit = (name: string, ...given: readonly unknown[]) => {
    if (name !== 'message') return emit(name, ...given)
    void worker.terminate()
    return true
  }
}

const isUnknown = (error: unknown): boolean => isKhataError(error, 'store-unavailable') && /unknown/.test(error.message)

test('when the writer dies before a commit, a new one makes it, in the order in which they were sent', async (t) => {
  const threads = threadsOf(t)
  const path = join(directory, 'log.db')
  await using engine = await openSqlite(path)
  await engine.events.commit(appendTo('before'))

  const lock = new DatabaseSync(path)
  lock.exec('BEGIN IMMEDIATE')
  const first = engine.events.commit(appendTo('a'))
  // Sent with the turn of the event loop; the next waits for its answer.
  await new Promise((resolve) => setImmediate(resolve))
  const second = engine.events.commit(appendTo('b'))
  await threads[0]?.terminate()
  lock.exec('ROLLBACK')
  lock.close()

  const outcomes = await Promise.all([first, second])
  assert.deepEqual(
    outcomes.map((outcome) => outcome.outcome === 'committed' && outcome.first),
    [2, 3],
  )
  assert.equal(threads.length, 2)
})

test('when the writer dies after a commit and before its answer, the events are looked up by their ids', async (t) => {
  const threads = threadsOf(t)
  await using engine = await openSqlite(join(directory, 'answered.db'))
  const key = { principal: '', command: 'Open', key: 'k', inputHash: 'h', expiresAt: null }
  const unguarded = appendTo('b').appends?.map((append) => ({ ...append, expected: null })) ?? []
  const commits: readonly Commit[] = [appendTo('a'), { appends: unguarded }, { command: key }]
  for (const [index, commit] of commits.entries()) {
    loseNextAnswer(threads.at(-1))
    const { outcome } = await engine.events.commit(commit)
    assert.equal(outcome, commit.command ? 'seen' : 'committed')
    assert.equal(threads.length, index + 2)
  }
  assert.equal((await engine.events.head()).position, 2)
})

test('what has no second effect is done again when the writer dies, and of the rest the outcome is unknown', async (t) => {
  const threads = threadsOf(t)
  await using engine = await openSqlite(join(directory, 'rest.db'))
  loseNextAnswer(threads.at(-1))
  const lease = await engine.work.lease('l', 'me', 60_000)
  assert.equal(lease?.token, 1)

  loseNextAnswer(threads.at(-1))
  const move = { consumer: 'c', shard: 0, from: 0, to: 1 }
  const answers = await Promise.allSettled([
    engine.events.commit(appendTo('a')),
    engine.events.commit({ checkpoints: [move] }),
    engine.events.commit(appendTo('b')),
  ])
  assert.deepEqual(
    answers.map((answer) => (answer.status === 'rejected' ? isUnknown(answer.reason) : answer.value.outcome)),
    ['committed', true, 'committed'],
  )
  assert.equal((await engine.events.head()).position, 2)
})

test('work that ends a second writer is not given to a third', async (t) => {
  const threads = threadsOf(t)
  await using engine = await openSqlite(join(directory, 'twice.db'))
  loseNextAnswer(threads[0])
  process.once('worker', (worker) => {
    // Its first message says that the store is open: it is ended before it performs anything.
    loseNextAnswer(worker)
  })
  await assert.rejects(engine.events.commit(appendTo('a')), isUnknown)
  assert.equal(threads.length, 2)
  assert.equal((await engine.events.commit(appendTo('a'))).outcome, 'committed')
  assert.equal((await engine.events.head()).position, 1)
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
