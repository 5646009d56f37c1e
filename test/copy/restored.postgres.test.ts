/** A copy whose source is put back to an earlier state meanwhile: it never holds two histories and says that it is whole. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { copyLog } from '../../src/cli/copy-log.ts'
import { checkReached } from '../../src/cli/copy-place.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { restore } from '../../src/postgres/restore.fixture.ts'
import { openSqlite } from '../../src/sqlite/index.ts'
import { samples, to as stream } from '../../src/testing/conformance/samples.ts'
import { run, start, temporaryFolder } from '../cli/run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const khata = (...args: string[]) => run(args, { folder: folder.path })

async function append(engine: Engine, count: number, type: string): Promise<void> {
  const outcome = await engine.events.commit({ appends: [stream(`${type.toLowerCase()}/1`, null, ...samples(count, type))] })
  assert.equal(outcome.outcome, 'committed')
}

/** Copies from a source on which something is done just before its log is read for the second time. */
async function copyWhile(source: Engine, target: Engine, happens: () => Promise<void>): Promise<number> {
  let pages = 0
  const readLog: Engine['events']['readLog'] = async (range) => {
    if (++pages === 2) await happens()
    return source.events.readLog(range)
  }
  const from = { ...source, events: { ...source.events, readLog } }
  const bar = { show: () => {}, end: () => {} }
  const { position } = await source.events.head()
  const signal = new AbortController().signal
  return copyLog({ from, to: target, signal, bar }, { position: 0, eventId: null }, position)
}

test('a page of another past than the pages before it is not copied', async () => {
  const url = await newDatabase()
  await using source = await openPostgres(url)
  await using target = await openSqlite(':memory:')
  await append(source, 2_500, 'Old')
  const copying = copyWhile(source, target, async () => {
    await restore(url, 500)
    await append(source, 500, 'Newer')
    // A stream that begins right behind the page: nothing but the event ahead tells that it is of another past.
    await append(source, 1_500, 'New')
  })
  await assert.rejects(copying, { code: 'usage', message: /has 1,000 events, and the one at 1,000 is not the one of/ })
  assert.equal((await target.events.head()).position, 1_000)
})

test('a copy goes on behind a restore to what it has already', async () => {
  const url = await newDatabase()
  await using source = await openPostgres(url)
  await using target = await openSqlite(':memory:')
  await append(source, 2_500, 'Old')
  const before = await source.events.head()
  const copying = copyWhile(source, target, async () => {
    await restore(url, 1_000)
    await append(source, 1_500, 'New')
  })
  assert.equal(await copying, 2_500)
  const range = { after: 0, limit: 5_000 }
  assert.deepEqual(await target.events.readLog(range), await source.events.readLog(range))
  await assert.rejects(checkReached(source, target, [before]), { code: 'usage', message: /restored.* Run the same again/ })
  await checkReached(source, target, [await source.events.head()])
})

for (const [what, more] of [
  ['is shorter than the copy', 0],
  ['has grown past the copy again', 8],
] as const) {
  test(`a copy that follows ends when its source was restored and ${what}`, async () => {
    const [url, path] = [await newDatabase(), folder.file(`followed-${more}.db`)]
    await using source = await openPostgres(url)
    await append(source, 10, 'Old')
    const following = start(['copy', '--from', url, '--to', `sqlite:${path}`, '--follow', '--verify'], {
      folder: folder.path,
    })
    await using target = await openSqlite(path)
    while ((await target.events.head()).position < 10 && following.process.exitCode === null) await pause(10)
    await restore(url, 5)
    if (more > 0) await append(source, more, 'New')
    const { code, stdout, stderr } = await following.ended
    assert.deepEqual([code, stdout], [2, ''], stderr)
    assert.match(stderr, /has 10 events, .* was restored to an earlier state.* Copy into an empty store/)
    assert.equal((await target.events.head()).position, 10)
    const { code: refused } = await khata('verify', '--store', `sqlite:${path}`)
    assert.equal(refused, 3)
  })
}
