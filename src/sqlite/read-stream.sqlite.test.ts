import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { v7 } from 'uuid'
import type { StoredEvent, StreamRange } from '../ports/event-store.ts'
import { connectWriter } from './connection.ts'
import { openSqlite } from './index.ts'
import { migrate } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { openSession } from './open-session.ts'
import { readStream } from './read-stream.ts'
import type { Session } from './session.ts'
import { runJobs } from './transaction.ts'

const directory = mkdtempSync(join(tmpdir(), 'khata-read-stream-'))
after(() => rmSync(directory, { recursive: true }))

/** Lengths around the distance of marks, and a stream without events. */
const lengths: { readonly [stream: string]: number } = { one: 1, short: 63, mark: 64, past: 65, long: 300, none: 0 }
const streams = Object.keys(lengths)

/** A complete log in which streams grow by turns and every third event has the time of the one before. */
function log(): StoredEvent[] {
  const events: StoredEvent[] = []
  for (let version = 1; version <= 300; version++) {
    for (const streamId of streams.filter((name) => (lengths[name] ?? 0) >= version)) {
      const position = events.length + 1
      const recordedAt = 1000 + Math.floor(position / 3)
      const none = { tags: [], occurredAt: null, commandId: null, correlationId: null }
      const what = { type: 'Happened', schemaVersion: 1, data: '{}', metadata: '{}' }
      events.push({ position, id: v7(), category: 'a', streamId, version, recordedAt, ...what, ...none })
    }
  }
  return events
}

/** What a range means, without any index. */
function plain(
  events: readonly StoredEvent[],
  { category, streamId, from, to, recordedBy, backwards, limit }: StreamRange,
): number[] {
  const mine = events.filter((event) => event.category === category && event.streamId === streamId)
  const timely = mine.filter((event) => event.recordedAt <= (recordedBy ?? Number.POSITIVE_INFINITY))
  const versions = timely.map(({ version }) => version)
  if (backwards)
    return versions
      .reverse()
      .filter((version) => version <= (from ?? Number.POSITIVE_INFINITY))
      .slice(0, limit)
  return versions.filter((version) => version >= (from ?? 1) && version <= (to ?? Number.POSITIVE_INFINITY)).slice(0, limit)
}

function assertReads(session: Session, events: readonly StoredEvent[]): void {
  const bounds = [undefined, 0, 1, 2, 62, 63, 64, 65, 66, 127, 128, 200, 299, 300, 301, 1_000_000]
  const times = [undefined, 0, 999, 1000, 1010, 1064, 1100, 1150, 1190, 5000]
  for (const streamId of [...streams, 'unknown']) {
    for (const from of bounds) {
      for (const recordedBy of times) {
        for (const limit of [0, 1, 5, 64, 1000]) {
          const base = { category: 'a', streamId, limit, ...(from === undefined ? {} : { from }) }
          const timely = { ...base, ...(recordedBy === undefined ? {} : { recordedBy }) }
          const ranges: StreamRange[] = [timely, { ...timely, backwards: true }, { ...timely, to: 64 }, { ...timely, to: 130 }]
          for (const range of ranges) {
            const found = readStream(session, range).map(({ version }) => version)
            assert.deepEqual(found, plain(events, range), JSON.stringify(range))
          }
        }
      }
    }
  }
}

/** What `stream_mark` should hold: without marks all is read, but a page in the middle of a stream from its end. */
function assertMarks(session: Session): void {
  const marks = session.sql('SELECT stream_id, version FROM stream_mark ORDER BY stream_id, version').all()
  const expected = streams.flatMap((name) =>
    [64, 128, 192, 256].filter((version) => version <= (lengths[name] ?? 0)).map((version) => [name, version]),
  )
  assert.deepEqual(
    marks,
    expected.sort(([a = ''], [b = '']) => (a < b ? -1 : a > b ? 1 : 0)),
  )
}

test('every range of a stream is read, whatever its length and wherever its marks are', () => {
  const session = openSession(':memory:', 'memory', 'normal', 0)
  const events = log()
  runJobs(session, [{ kind: 'import', events }], Date.now, 'test', () => {})
  assertMarks(session)
  assertReads(session, events)
  session.db.exec('DELETE FROM stream_mark WHERE version = 128')
  assertReads(session, events)
  session.close()
})

/** A store as a release left it that had an index of streams and versions instead of chains. */
function olderStore(path: string, events: readonly StoredEvent[]): void {
  const connection = connectWriter(path, 'normal')
  migrate(connection, path, 0, 'make', migrations.slice(0, 3))
  const insert = connection.db.prepare(`INSERT INTO event (position, id, category, stream_id, version, type, schema_version,
    recorded_at, metadata, data) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  for (const { position, id, category, streamId, version, type, schemaVersion, recordedAt, metadata, data } of events) {
    insert.run(position, id, category, streamId, version, type, schemaVersion, recordedAt, metadata, data)
  }
  connection.db.exec("INSERT INTO event_kind VALUES ('a', 'Happened')")
  connection.close()
}

test('a store of an older release is read as it was, and goes on', async () => {
  const path = join(directory, 'older.db')
  const events = log()
  olderStore(path, events)
  {
    await using engine = await openSqlite(path)
    assert.deepEqual((await engine.events.readLog({ after: 0, limit: 1000 })).events, events)
    const { position: _, category, streamId, version, recordedAt: __, ...next } = { ...events[0], id: 'e-next' } as StoredEvent
    const { outcome } = await engine.events.commit({ appends: [{ category, streamId, expected: version, events: [next] }] })
    assert.equal(outcome, 'committed')
    assert.equal((await engine.events.readStream({ category, streamId, limit: 10 })).length, 2)
    assert.deepEqual(await engine.verify(), [])
  }
  const again = join(directory, 'older-again.db')
  olderStore(again, events)
  const session = openSession(again, again, 'normal', 0)
  assertMarks(session)
  assertReads(session, events)
  session.close()
})
