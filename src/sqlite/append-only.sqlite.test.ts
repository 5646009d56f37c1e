import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { openSqlite } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'khata-append-only-'))
after(() => rmSync(directory, { recursive: true }))

const insert = (verb: string, position: number, id: string, version: number, previous: number | null = version - 1): string =>
  `${verb} INTO event (position, id, category, stream_id, version, previous, type, schema_version, recorded_at, metadata, data)
   VALUES (${position}, '${id}', 'account', 'a', ${version}, ${previous}, 'Happened', 1, 1, '{}', '{}')`

test('ES-8 no statement of any program changes, deletes or replaces an event', async () => {
  const path = join(directory, 'log.db')
  await using engine = await openSqlite(path)
  const event = { type: 'Happened', schemaVersion: 1, data: '{}', metadata: '{}', tags: [] }
  const none = { occurredAt: null, commandId: null, correlationId: null }
  const events = ['e-1', 'e-2', 'e-3'].map((id) => ({ id, ...event, ...none }))
  await engine.events.commit({ appends: [{ category: 'account', streamId: 'a', expected: 0, events }] })
  const before = await engine.events.readLog({ after: 0, limit: 10 })

  const db = new DatabaseSync(path, { timeout: 5_000 })
  const attempts = [
    "UPDATE event SET data = '{}'",
    'UPDATE event SET version = version + 1 WHERE position = 3',
    "UPDATE OR REPLACE event SET id = 'e-1' WHERE position = 3",
    'DELETE FROM event',
    'DELETE FROM event WHERE position = 2',
    insert('INSERT OR REPLACE', 2, 'e-9', 9),
    insert('INSERT OR REPLACE', 4, 'e-2', 4),
    insert('INSERT OR REPLACE', 4, 'e-4', 2),
    insert('REPLACE', 3, 'e-3', 3),
    insert('INSERT', 5, 'e-5', 4),
    insert('INSERT', 4, 'e-5', 5),
    insert('INSERT', 4, 'e-5', 4, 2),
    insert('INSERT', 4, 'e-5', 4, null),
    insert('INSERT', 4, 'e-5', 1, null),
    insert('INSERT OR IGNORE', 4, 'e-5', 5, 3),
    insert('INSERT', 4, 'e-5', 1, null).replace("'a'", "'a stream that is not there'"),
    `${insert('INSERT', 3, 'e-5', 4)} ON CONFLICT DO UPDATE SET data = 'x'`,
  ]
  for (const attempt of attempts) assert.throws(() => db.exec(attempt), /events are/, attempt)
  db.close()
  assert.deepEqual(await engine.events.readLog({ after: 0, limit: 10 }), before)
  assert.deepEqual(await engine.verify(), [])
})
