import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { NewEvent } from '../ports/event-store.ts'
import { sample } from '../testing/conformance/samples.ts'
import { connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { settingsOf } from './options.ts'

const url = await newDatabase()
let stores = 0

const event = (tags: readonly string[]): NewEvent => sample('Happened', { tags })

const guards = ['ALTER TABLE khata.event DISABLE TRIGGER USER', 'ALTER TABLE khata.event_tag DISABLE TRIGGER USER']
const guarded = ['ALTER TABLE khata.event ENABLE TRIGGER USER', 'ALTER TABLE khata.event_tag ENABLE TRIGGER USER']

/** Damages a store behind its back and says what is then found. */
async function findings(...damage: string[]): Promise<readonly string[]> {
  const schema = `store_${++stores}`
  await using engine = await openPostgres(url, { schema })
  for (let i = 1; i <= 30; i++) {
    const events = [event([`n:${i}`, 'all:yes'])]
    await engine.events.commit({ appends: [{ category: 'account', streamId: `s${i % 3}`, expected: null, events }] })
  }
  const over = await connect(settingsOf(url, { schema }))
  for (const text of [...guards, ...damage, ...guarded]) await over.once(text)
  await over.close()
  return await engine.verify()
}

test('a missing event is found as a gap in positions and versions, and its tags as strays', async () => {
  const found = await findings('DELETE FROM khata.event WHERE position = 12')
  assert.ok(found.includes('position 13 has none ahead of it: a gap'), found.join('\n'))
  assert.ok(found.some((line) => line.startsWith('position 15 (account/s0, version 5) does not follow')))
  assert.ok(found.includes('the tag n:12 points at 12, which has none such'))
})

test('changed versions and times that go back are found', async () => {
  const found = await findings(
    'UPDATE khata.event SET version = 77 WHERE position = 30',
    'UPDATE khata.event SET recorded_at = 5 WHERE position = 9',
  )
  assert.deepEqual(found, [
    'position 9 was recorded before the one ahead of it',
    'position 30 (account/s0, version 77) does not follow the version ahead of it',
  ])
})

test('tags and kinds that do not agree with their events are found both ways', async () => {
  const tags = await findings("DELETE FROM khata.event_tag WHERE tag = 'n:4'", "INSERT INTO khata.event_tag VALUES ('n:99', 7)")
  assert.deepEqual(tags, ['position 4 (n:4) is not found by its tag', 'the tag n:99 points at 7, which has none such'])
  assert.equal((await findings('DELETE FROM khata.event_kind')).length, 30)
  const stray = await findings("INSERT INTO khata.event_kind VALUES ('ghost', 'Seen')")
  assert.deepEqual(stray, ['a kind without events is listed: ghost, Seen'])
})

test('a checkpoint ahead of the log and a guard that is switched off are found', async () => {
  const ahead = await findings("INSERT INTO khata.checkpoint VALUES ('view/v_1', 0, 31)")
  assert.deepEqual(ahead, ['a checkpoint is ahead of the log: view/v_1/0 (31)'])
  const schema = `store_${++stores}`
  await using engine = await openPostgres(url, { schema })
  const over = await connect(settingsOf(url, { schema }))
  await over.once('ALTER TABLE khata.event DISABLE TRIGGER event_is_never_changed')
  await over.close()
  assert.deepEqual(await engine.verify(), [
    `what keeps events from being changed is missing or switched off: ${schema}.event.event_is_never_changed`,
  ])
})
