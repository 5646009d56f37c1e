import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ViewShape } from '../ports/view-store.ts'
import { person, write } from '../testing/conformance/documents.ts'
import { upTo } from '../testing/conformance/samples.ts'
import { type Connection, connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { findDocuments } from './find-documents.ts'
import { openPostgres } from './index.ts'
import { viewTable } from './names.ts'
import { settingsOf } from './options.ts'

const url = await newDatabase()
const engine = await openPostgres(url)
const connection = await connect(settingsOf(url, {}))
const shape: ViewShape = {
  generation: 'tasks_1',
  fields: [
    { name: 'due', type: 'number' },
    { name: 'done', type: 'boolean' },
  ],
  indexes: [['due'], ['done']],
  search: false,
}
await engine.views.prepare(shape)

test('VIEW-12 a document that moves between null and a value while it is looked for is found once', async () => {
  for (const descending of [false, true]) {
    for (const from of [null, 1]) {
      await write(engine, shape, person('task', { of: [from, null] }))
      const once: Connection['once'] = async (text, values) => {
        const rows = await connection.once(text, values)
        await write(engine, shape, person('task', { of: [from === null ? 1 : null, null] }))
        return rows as never
      }
      const order = { field: 'due', descending }
      const found = await findDocuments({ ...connection, once }, shape, { generation: 'tasks_1', where: [], order, limit: 10 })
      assert.deepEqual(
        found.map(({ value }) => value),
        [from],
      )
    }
  }
})

/** Plans of the pages of a field, from the first to the one after a document with a value. */
async function plansOf(field: string, value: number): Promise<string[]> {
  const plans: string[] = []
  const once: Connection['once'] = async (text, values) => {
    const lines = await connection.once<[string]>(`EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) ${text}`, values)
    plans.push(lines.map(([line]) => line).join('\n'))
    return []
  }
  for (const descending of [false, true]) {
    for (const after of [undefined, { value: null, id: 'p-5' }, { value, id: 'p-5' }]) {
      const range = { generation: 'tasks_1', where: [], order: { field, descending }, limit: 10, ...(after ? { after } : {}) }
      await findDocuments({ ...connection, once }, shape, range)
    }
  }
  return plans
}

test('a page ordered by a field reads ranges of its index and sorts no more than these, however many are null', async () => {
  for (const nulls of [5_000, 20]) {
    const of = (i: number) => (i % (10_000 / nulls) === 0 ? [null, null] : [i, i % 2])
    await write(engine, shape, ...upTo(10_000).map((i) => person(`p-${i}`, { of: of(i) })))
    await connection.run(`VACUUM ANALYZE ${viewTable('tasks_1')}`)
    for (const plan of [...(await plansOf('due', 500)), ...(await plansOf('done', 0))]) {
      assert.doesNotMatch(plan, /Seq Scan|Rows Removed/, plan)
      for (const [, rows] of plan.matchAll(/actual rows=(\d+)/g)) assert.ok(Number(rows) <= 20, plan)
    }
  }
})

test.after(() => Promise.all([connection.close(), engine.close()]))
