import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, test } from 'node:test'
import { openSqlite } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'khata-drop-view-'))
after(() => rmSync(directory, { recursive: true }))

test('a generation is removed in slices, beside which commits are made', async () => {
  const path = join(directory, 'a.db')
  await using engine = await openSqlite(path)
  await engine.views.prepare({ generation: 'words_1', fields: [], indexes: [], search: true })
  const documents = Array.from({ length: 3_000 }, (_, n) => {
    const text = `word number ${n}`
    return { id: `d${n}`, body: JSON.stringify({ text }), fields: [], text, position: 1, replaces: 0, revision: 1 }
  })
  await engine.events.commit({ documents: [{ generation: 'words_1', documents }] })
  using file = new DatabaseSync(path, { readOnly: true })
  const left = () => Number(file.prepare('SELECT count(*) AS count FROM view_words_1').get()?.['count'])

  await engine.views.drop('words_1', AbortSignal.abort())
  assert.ok(left() > 0 && left() < 3_000, String(left()))
  let gone = false
  const dropped = engine.views.drop('words_1').then(() => {
    gone = true
  })
  let between = 0
  while (!gone) {
    await engine.events.commit({ notes: [] })
    if (!gone) between++
  }
  await dropped
  assert.ok(between > 1, String(between))
  assert.deepEqual(file.prepare("SELECT name FROM sqlite_schema WHERE name LIKE '%words%'").all(), [])
})
