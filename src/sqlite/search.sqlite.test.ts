import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openSqlite } from './index.ts'

test('a searched view takes any number of changes: row ids that FTS5 leaves behind harm nobody', async (t) => {
  const engine = await openSqlite(':memory:')
  t.after(() => engine.close())
  await engine.views.prepare({ generation: 'texts_1_1', fields: [], indexes: [], search: true })
  for (let n = 1; n <= 1_500; n++) {
    const document = { id: `d${n % 40}`, body: '{}', fields: [], text: `word${n}`, position: n, replaces: 0, revision: n }
    const { outcome } = await engine.events.commit({ documents: [{ generation: 'texts_1_1', documents: [document] }] })
    assert.equal(outcome, 'committed')
  }
  const found = await engine.views.find({ generation: 'texts_1_1', where: [], words: 'word1500', limit: 10 })
  assert.deepEqual(
    found.map(({ id }) => id),
    ['d20'],
  )
  assert.equal((await engine.views.find({ generation: 'texts_1_1', where: [], words: 'word20', limit: 10 })).length, 0)
})
