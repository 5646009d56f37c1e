/** Reads of streams on both sides of a restore in place, beside the commits of the process that reads. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewEvent } from '../ports/event-store.ts'
import { append as appendTo, sample, samples, to } from '../testing/conformance/samples.ts'
import { append, outcomes, startRunner } from './batch-runner.fixture.ts'
import { connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { eventStore } from './event-store.ts'
import { openPostgres } from './index.ts'
import type { Job } from './job.ts'
import { nothingKnown } from './known.ts'
import { settingsOf } from './options.ts'
import { startPace } from './pace.ts'
import { reader as readerOver } from './reader.ts'
import { restore } from './restore.fixture.ts'
import { startWriter } from './writer.ts'

const waitingText = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"

const jobOf = (stream: string, ...events: NewEvent[]): Job => ({
  kind: 'commit',
  commit: { appends: [to(stream, 0, ...events)] },
})

/** A process, with stream `s` at version 1, over the store of another one. `answering` is what happens before a read is answered. */
async function started() {
  const url = await newDatabase()
  const other = await openPostgres(url)
  const known = nothingKnown(() => {})
  const runner = await startRunner(url, {}, known)
  const settings = settingsOf(url, {})
  const reader = readerOver(settings, 'test', await connect(settings))
  const process = {
    answering: async (): Promise<void> => {},
    restore: () => restore(url, 1),
    /** What becomes of an append by this process. */
    append: async (streamId: string, expected: number) => (await outcomes(runner, [append(streamId, expected)]))[0]?.[0],
    /** How many events it finds in a stream. */
    read: async (streamId: string) => (await readStream({ category: 'c', streamId, limit: 10 })).length,
    other,
    runner,
    settings,
    [Symbol.asyncDispose]: async (): Promise<void> => {
      assert.deepEqual(await other.verify(), [])
      await Promise.all([writer.close(), reader.close(), other.close()])
    },
  }
  const late: typeof reader.read = async (look) => {
    const found = await reader.read(look)
    await process.answering()
    return found
  }
  const writer = startWriter(runner, startPace(1), settings, 'test', () => {})
  const { readStream } = eventStore({ ...reader, read: late }, writer, known)
  return process
}

test('ES-66 a version whose read is answered after a restore is not appended to, when the loss was found meanwhile', async () => {
  await using process = await started()
  for (const expected of [0, 1]) await process.append('a', expected)
  process.answering = async () => {
    await process.restore()
    for (const streamId of ['x', 'y', 'z']) assert.equal(await process.append(streamId, 0), 'committed')
  }
  assert.equal(await process.read('a'), 2)
  assert.equal(await process.append('a', 2), 'conflict')
})

test('ES-66 a version whose read is answered after a restore is not appended to, when nothing known was lost', async () => {
  await using process = await started()
  for (let count = 0; count < 2; count++) await appendTo(process.other, 'c/a', sample())
  process.answering = async () => {
    await process.restore()
    for (const streamId of ['x', 'y', 'z']) assert.equal(await process.append(streamId, 0), 'committed')
  }
  assert.equal(await process.read('a'), 2)
  assert.equal(await process.append('a', 2), 'conflict')
})

test('ES-66 a read of what others wrote after a restore does not vouch for versions that were seen before it', async () => {
  await using process = await started()
  for (const expected of [0, 1]) await process.append('a', expected)
  await process.restore()
  for (let count = 0; count < 4; count++) await appendTo(process.other, 'c/b', sample())
  assert.equal(await process.read('b'), 4)
  assert.equal(await process.append('a', 2), 'conflict')
})

test('ES-66 of two batches on their way the second does not vouch for the first when a restore came between them', async () => {
  await using process = await started()
  const [blocker, watching] = [await connect(process.settings), await connect(process.settings)]
  const waiting = async (count: number): Promise<void> => {
    for (let found = 0; found < count; ) found = (await watching.once<[number]>(waitingText))[0]?.[0] ?? 0
  }
  const first = sample()
  // The first batch waits for whoever is about to write its event; behind it the restore waits for the table.
  await blocker.run(`BEGIN; INSERT INTO khata.event
    (position, id, recorded_at, version, schema_version, category, stream_id, type, metadata, data)
    VALUES (1000, '${first.id}', 1, 1, 1, 'c', 'blocked', 'Blocked', '{}', '{}')`)
  const batches = outcomes(process.runner, [jobOf('c/a', first)], [jobOf('c/b', ...samples(10))])
  await waiting(1)
  const restored = process.restore()
  await waiting(2)
  await blocker.run('ROLLBACK')
  await restored
  assert.deepEqual((await batches).flat(), ['committed', 'committed'])
  await Promise.all([blocker.close(), watching.close()])
  assert.equal(await process.append('a', 1), 'conflict')
})
