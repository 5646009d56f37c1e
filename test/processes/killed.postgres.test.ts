/** Several processes over one store, some of which are killed under load. `scripts/processes-demo.ts` shows all of it. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Show, show } from '../../scripts/processes/show.ts'
import { newDatabase } from '../../src/postgres/database.fixture.ts'

const folder = mkdtempSync(join(tmpdir(), 'khata-killed-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Throws when a view is not taken over in time, money or events are missing, or a view is no fresh fold. */
async function survives(store: string, kills: Show['kills']): Promise<void> {
  const said: string[] = []
  const shown = await show({ store, kills, customers: 8, betweenMs: 1_000, say: (line) => said.push(line) })
  assert.ok(shown.commands > 20, said.join('\n'))
  assert.ok(shown.events > shown.commands, said.join('\n'))
  assert.equal(shown.handedOverMs.length + shown.silencesMs.length, kills.length)
}

test('processes on PostgreSQL that are killed leave no gap, no lost command and no wrong view', async () => {
  await survives(await newDatabase(), ['worker-1', 'api-1', 'worker-2'])
})

test('processes on one SQLite file that are killed leave no gap, no lost command and no wrong view', async () => {
  await survives(`sqlite:${join(folder, 'bank.db')}`, ['worker-1', 'api-1'])
})
