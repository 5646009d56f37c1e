import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import type { NewEvent } from '../ports/event-store.ts'
import { sample } from '../testing/conformance/samples.ts'
import { openSqlite } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'khata-verify-'))
after(() => rmSync(directory, { recursive: true }))

let files = 0

const event = (tags: readonly string[]): NewEvent => sample('Happened', { tags })

/** Damages a store behind its back and says what is then found. */
async function findings(damage: (db: DatabaseSync) => void): Promise<readonly string[]> {
  const path = join(directory, `${++files}.db`)
  await using engine = await openSqlite(path)
  for (let i = 1; i <= 30; i++) {
    const events = [event([`n:${i}`, 'all:yes'])]
    await engine.events.commit({ appends: [{ category: 'account', streamId: `s${i % 3}`, expected: null, events }] })
  }
  const db = new DatabaseSync(path, { timeout: 5_000 })
  db.exec('DROP TRIGGER event_is_never_changed; DROP TRIGGER event_is_never_deleted; DROP TRIGGER event_is_only_appended')
  damage(db)
  db.close()
  return engine.verify()
}

test('a missing event is found as a gap in positions and versions', async () => {
  const found = await findings((db) => db.exec('DELETE FROM event WHERE position = 12'))
  assert.ok(found.includes('position 13 has none ahead of it: a gap'), found.join('\n'))
  assert.ok(
    found.some((line) => line.startsWith('position 15 (account/s0, version 5) does not follow')),
    found.join('\n'),
  )
  assert.ok(found.includes('the tag n:12 points at 12, which has none such'), found.join('\n'))
})

test('missing first events are found', async () => {
  const found = await findings((db) => db.exec('DELETE FROM event WHERE position < 3'))
  assert.ok(found.includes('position 3 has none ahead of it: a gap'), found.join('\n'))
})

test('a changed version is found', async () => {
  const found = await findings((db) => db.exec('UPDATE event SET version = 77 WHERE position = 30'))
  assert.deepEqual(found, [
    'position 30 (account/s0, version 77) does not follow the version ahead of it',
    'the stream account/s0 ends with version 10 at 30, where it is not',
  ])
})

test('an event that names another before it, or none, is found', async () => {
  const finding = 'position 27 (account/s0, version 9) does not follow the version ahead of it'
  for (const other of ['26', '30', 'NULL', '99']) {
    assert.deepEqual(
      await findings((db) => db.exec(`UPDATE event SET previous = ${other} WHERE position = 27`)),
      [finding],
      other,
    )
  }
})

test('streams and marks that do not agree with their events are found', async () => {
  const early = await findings((db) => db.exec("UPDATE stream SET position = 24, version = 8 WHERE stream_id = 's0'"))
  assert.deepEqual(early, ['the streams lead to 28 events, but the log has 30'])
  const moved = await findings((db) => db.exec("UPDATE stream SET position = 29 WHERE stream_id = 's0'"))
  assert.deepEqual(moved, ['the stream account/s0 ends with version 10 at 29, where it is not'])
  const lost = await findings((db) => db.exec("DELETE FROM stream WHERE stream_id = 's0'"))
  assert.deepEqual(lost, ['the streams lead to 20 events, but the log has 30'])
  const mark = await findings((db) => db.exec("INSERT INTO stream_mark VALUES ('', 'account', 's0', 64, 30)"))
  assert.deepEqual(mark, ['the mark of account/s0 points at 30 for version 64, where it is not'])
})

test('a time that goes back is found', async () => {
  const found = await findings((db) => db.exec('UPDATE event SET recorded_at = 5 WHERE position = 9'))
  assert.deepEqual(found, ['position 9 was recorded before the one ahead of it'])
})

test('tags that do not agree with their events are found both ways', async () => {
  const found = await findings((db) => {
    db.exec("DELETE FROM event_tag WHERE tag = 'n:4'; INSERT INTO event_tag VALUES ('n:99', 7)")
  })
  assert.deepEqual(found, ['position 4 (n:4) is not found by its tag', 'the tag n:99 points at 7, which has none such'])
})

test('kinds that do not agree with their events are found both ways', async () => {
  const missing = await findings((db) => db.exec('DELETE FROM event_kind'))
  assert.equal(missing.length, 30)
  const stray = await findings((db) => db.exec("INSERT INTO event_kind VALUES ('ghost', 'Seen')"))
  assert.deepEqual(stray, ['a kind without events is listed: ghost, Seen'])
})

test('a checkpoint ahead of the log is found', async () => {
  const found = await findings((db) => db.exec("INSERT INTO checkpoint VALUES ('view/v_1', 0, 31)"))
  assert.deepEqual(found, ['a checkpoint is ahead of the log: view/v_1/0 (31)'])
})
