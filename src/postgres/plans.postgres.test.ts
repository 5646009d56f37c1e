import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { DeadLetterRange } from '../ports/reaction-store.ts'
import { type Connection, connect } from './connection.ts'
import { newDatabase } from './database.fixture.ts'
import { openPostgres } from './index.ts'
import { settingsOf } from './options.ts'
import { reactionStore } from './reaction-store.ts'
import { readLog } from './read-log.ts'
import { readStream } from './read-stream.ts'

// How PostgreSQL goes about a question, so that no answer gets slower as the log or what reactions remember grows.

/** Letters and notes: at a million, where the plans were looked at too, the filling takes a minute. */
const rows = 30_000

const url = await newDatabase()
await using _engine = await openPostgres(url)
const connection = await connect(settingsOf(url, {}))
// In these rows, one of a hundred consumers and one of a thousand kinds is asked for, and states that few are in.
await connection.run(`
  ALTER TABLE khata.event SET (autovacuum_enabled = false);
  INSERT INTO khata.dead_letter
    SELECT lpad(i::text, 12, '0'), 'reactor/r' || i % 100, 'order/' || i, i, 'event-' || i, 'Placed',
      CASE WHEN i % 5000 = 0 THEN 'retrying' ELSE 'parked' END, repeat('e', 200), repeat('s', 200), 8, null, null, i, i
    FROM generate_series(1, ${rows}) AS i;
  INSERT INTO khata.note
    SELECT lpad(i::text, 12, '0'), i, 'kind-' || i % 1000, 'reactor/r' || i % 100, 'event-' || i / 5, null, '{}'
    FROM generate_series(1, ${rows}) AS i;
  INSERT INTO khata.timer
    SELECT 'timer-' || i, 'process/p' || i % 100, i, '{}' FROM generate_series(1, ${rows}) AS i;
  INSERT INTO khata.event (position, id, recorded_at, version, schema_version, category, stream_id, type, metadata, data)
    SELECT i, gen_random_uuid(), i, i, 1, 'order', '1', 'Placed', '{}', '{}' FROM generate_series(1, ${rows}) AS i;
`)

interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Plan Rows': number
  readonly 'Actual Rows': number
  readonly 'Actual Loops': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly Plan[]
}

/** Rows of tables that the statements of a piece of work looked at. */
async function lookedAt(work: (connection: Connection) => Promise<unknown>): Promise<number> {
  let sum = 0
  const count = (plan: Plan): void => {
    if (/Scan/.test(plan['Node Type']) && !plan.Plans) {
      sum += (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
    }
    for (const inner of plan.Plans ?? []) count(inner)
  }
  const query: Connection['query'] = async (text, values) => {
    const [row] = await connection.once<[string]>(`EXPLAIN (ANALYZE, FORMAT JSON) ${text}`, values)
    count((JSON.parse(row?.[0] ?? '[]') as { readonly Plan: Plan }[])[0]?.Plan as Plan)
    return connection.once(text, values)
  }
  await work({ ...connection, query, once: query })
  return sum
}

const letters = (range: Partial<DeadLetterRange>) => (over: Connection) =>
  reactionsOver(over).deadLetters({ limit: 10, ...range })

function reactionsOver(over: Connection) {
  return reactionStore({ read: (look) => look(over), close: async () => {} })
}

const few = 100
/** What views are fed with at a time; where a page begins may be looked up first. */
const page = 1_000

/** Asks everything that is answered from ranges of indexes. */
async function asked(): Promise<readonly (readonly [what: string, rows: number])[]> {
  const questions: Record<string, (over: Connection) => Promise<unknown>> = {
    'letters by id': letters({ ids: ['000000000007', '000000000009'] }),
    'letters in order': letters({ after: '000000000100' }),
    'letters of a consumer': letters({ consumer: 'reactor/r7', after: '000000005000' }),
    'the letter of a lane': letters({ consumer: 'reactor/r7', lanes: ['order/7'], limit: 1 }),
    'letters of a consumer in a state': letters({ consumer: 'reactor/r0', state: 'retrying' }),
    'letters in a state': letters({ state: 'retrying' }),
    'letters in a state that none are in': letters({ state: 'discarding' }),
    'timers that are due': (over) => reactionsOver(over).timers({ dueBy: 10_000, limit: 10 }),
    'timers of a consumer that are due': (over) =>
      reactionsOver(over).timers({ dueBy: 10_000, consumer: 'process/p7', limit: 10 }),
    'one timer': (over) => reactionsOver(over).timers({ id: 'timer-7', limit: 1 }),
    'the newest notes': (over) => reactionsOver(over).notes({ limit: 10 }),
    'notes of events': (over) => reactionsOver(over).notes({ eventIds: ['event-7', 'event-900'], limit: 1_000 }),
    'notes of an event and kind': (over) => reactionsOver(over).notes({ eventIds: ['event-7'], kinds: ['kind-36'], limit: 10 }),
    'notes of kinds': (over) => reactionsOver(over).notes({ kinds: ['kind-7', 'kind-8', 'none'], limit: 10 }),
    'a page of the log': (over) => readLog(over, { after: 5_000, limit: page }),
    'a page backwards': (over) => readLog(over, { after: 5_000, limit: page, backwards: true }),
    'a page of a stream': (over) => readStream(over, { category: 'order', streamId: '1', from: 5_000, limit: page }),
  }
  const found: [string, number][] = []
  for (const [what, work] of Object.entries(questions)) found.push([what, await lookedAt(work)])
  return found
}

test('without statistics, as after an import or a restore, a page of the log or of a stream looks at that page alone', async () => {
  const pages = (await asked()).filter(([what]) => what.startsWith('a page'))
  assert.equal(pages.length, 3)
  assert.deepEqual(
    pages.filter(([, looked]) => looked > page + 1),
    [],
  )
})

test('with statistics, no question about letters, timers, notes and the log looks at more rows than it answers', async () => {
  await connection.run('ANALYZE')
  const costly = (await asked()).filter(([what, looked]) => looked > (what.startsWith('a page') ? page + 1 : few))
  assert.deepEqual(costly, [])
})

test('letters are counted in an index, without reading them', async () => {
  await connection.run('VACUUM ANALYZE khata.dead_letter')
  const plans: string[] = []
  const query: Connection['query'] = async (text, values) => {
    const lines = await connection.once<[string]>(`EXPLAIN ${text}`, values)
    plans.push(...lines.map(([line]) => line))
    return connection.once(text, values)
  }
  const counts = await reactionsOver({ ...connection, query }).deadLetterCounts()
  assert.equal(
    counts.reduce((sum, { count }) => sum + count, 0),
    rows,
  )
  assert.match(plans.join('\n'), /Index Only Scan using dead_letter_by_state/)
})
