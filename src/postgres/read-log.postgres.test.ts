import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import type { EventQuery } from '../model/decision.ts'
import { sample, to } from '../testing/conformance/samples.ts'
import { type Connection, connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { settingsOf } from './options.ts'
import { readLog } from './read-log.ts'

const url = await newDatabase()
const engine = await openPostgres(url)
const connection = await connect(settingsOf(url, {}))
after(async () => {
  await connection.close()
  await engine.close()
})

async function append(count: number, tag: string): Promise<void> {
  for (let i = 0; i < count; i++) {
    await engine.events.commit({ appends: [to('account/one', null, sample('Happened', { tags: [tag] }))] })
  }
}

/** Reads as when other events come between the statement that asks for the head and those that ask for events. */
function interrupted(between: () => Promise<void>): Connection {
  let asked = 0
  let came: Promise<void> | null = null
  const later = (ask: Connection['query']): Connection['query'] => {
    return async (text, values) => {
      if (asked++ === 0) {
        const head = connection.query<never>(text, values)
        came = head.then(between)
        return head
      }
      await came
      return ask(text, values)
    }
  }
  return { ...connection, query: later(connection.query), once: later(connection.once) }
}

const queries: Record<string, (tag: string) => EventQuery> = {
  'one item': (tag) => [{ tags: [tag] }],
  'two items': (tag) => [{ tags: [tag] }, { types: ['Happened'], tags: [tag] }],
  'many items, over several statements': (tag) => Array.from({ length: 250 }, (_, i) => ({ tags: [`${tag}${i || ''}`] })),
}

for (const [what, queryOf] of Object.entries(queries)) {
  test(`events that come while a page is read are in that page or a later one, each once: ${what}`, async () => {
    for (const limit of [3, 5, 6, 100]) {
      const tag = `${what} ${limit}`
      const { position: before } = await engine.events.head()
      await append(5, tag)
      const query = queryOf(tag)
      const positions: number[] = []
      let from = before
      let page = await readLog(
        interrupted(() => append(4, tag)),
        { after: from, limit, query },
      )
      while (page.scannedTo > from) {
        positions.push(...page.events.map(({ position }) => position))
        from = page.scannedTo
        page = await engine.events.readLog({ after: from, limit, query })
      }
      assert.deepEqual(
        positions,
        Array.from({ length: 9 }, (_, i) => before + i + 1),
      )
    }
  })
}
