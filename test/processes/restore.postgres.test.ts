/**
 * An older dump is put in place of a database while processes work on it: nobody skips or repeats anything in silence, and
 * `adopt` is the way out.
 */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { aggregate, anyApp, isKhataError, khata, projection, reactor, reject } from 'khata'
import pg from 'pg'
import * as z from 'zod'
import { newDatabase, server } from '../../src/postgres/database.fixture.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { restore } from '../../src/postgres/restore.fixture.ts'
import { course, enrolment } from '../../src/runtime/ledger.fixture.ts'
import { untilTrue as until } from '../../src/runtime/reactions/eventually.fixture.ts'

const purse = aggregate('purse', {
  id: 'purseId',
  events: { Added: z.object({ amount: z.int() }), Taken: z.object({ amount: z.int() }) },
  initial: { balance: 0 },
  evolve: {
    Added: ({ balance }, { amount }) => ({ balance: balance + amount }),
    Taken: ({ balance }, { amount }) => ({ balance: balance - amount }),
  },
  commands: {
    Add: {
      input: z.object({ purseId: z.string(), amount: z.int() }),
      decide: ({ amount }) => ({ type: 'Added', data: { amount } }),
    },
    Take: {
      input: z.object({ purseId: z.string(), amount: z.int() }),
      decide: ({ amount }, { balance }) =>
        amount > balance ? reject('insufficient-funds') : { type: 'Taken', data: { amount } },
    },
  },
})
const purses = projection('purses', {
  from: [purse],
  key: (event) => event.streamId,
  document: z.object({ balance: z.int() }),
  on: {
    Added: (document, { data }) => ({ balance: (document?.balance ?? 0) + data.amount }),
    Taken: (document, { data }) => ({ balance: (document?.balance ?? 0) - data.amount }),
  },
})

const inUse = '55006'

/** A dump of a database, and how it is put in its place again; meanwhile nobody gets in, as in a real restore. */
async function dumping(url: string) {
  const name = new URL(url).pathname.slice(1)
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  /** Whoever was let in just before is not listed at once, and the server itself may be at work in a database. */
  const whenUnused = async (statement: string): Promise<void> => {
    for (let left = 5; ; left--) {
      await client.query('SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname LIKE $1', [`${name}%`])
      try {
        await client.query(statement)
        return
      } catch (error) {
        if ((error as { code?: string }).code !== inUse || left === 0) throw error
      }
    }
  }
  const alone = async (...statements: string[]): Promise<void> => {
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
    for (const statement of statements) await whenUnused(statement)
    await client.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
  }
  return {
    dump: () => alone(`CREATE DATABASE ${name}_dump TEMPLATE ${name}`),
    restore: () => alone(`ALTER DATABASE ${name} RENAME TO ${name}_lost`, `ALTER DATABASE ${name}_dump RENAME TO ${name}`),
    async [Symbol.asyncDispose]() {
      for (const left of ['dump', 'lost']) await client.query(`DROP DATABASE IF EXISTS ${name}_${left} WITH (FORCE)`)
      await client.end()
    },
  }
}

test('RUN-46 a restore under running processes stops them with a message, and adopting is the way out', async () => {
  const store = await newDatabase()
  await using dumps = await dumping(store)
  const handled: number[] = []
  const mail = reactor('mail', {
    from: [purse],
    start: 'beginning',
    on: { Added: ({ data }) => void handled.push(data.amount), Taken: ({ data }) => void handled.push(-data.amount) },
  })
  const use = [purse, purses, mail] as const
  await using worker = await khata({ store, use })
  // As an API process: it only decides, and keeps states in memory.
  await using api = await khata({ store, use, runProjections: false, runReactions: false })
  const tool = anyApp(worker)
  const add = (amount: number) => api.execute('Add', { purseId: 'P-1', amount })

  await add(10)
  const kept = await add(20)
  await until(() => handled.length === 2)
  await until(async () => (await tool.reactions.status('mail')).position === 2)
  await dumps.dump()
  const lost = await add(1_000)
  await until(() => handled.length === 3)
  assert.equal((await api.views.purses.get('P-1', { after: lost.token, waitMs: 60_000 }))?.balance, 1_030)
  const followed: number[] = []
  const follow = async (): Promise<void> => {
    for await (const { event } of worker.events.follow()) followed.push(event.position)
  }
  const refused = assert.rejects(follow, (error) => isKhataError(error, 'token-ahead-of-store'))
  await until(() => followed.length === 3)

  await dumps.restore()
  await until(async () =>
    (await worker.health()).attention.some((line) => /restored to an earlier state.*khata adopt/.test(line)),
  )
  await until(async () => (await api.health()).attention.some((line) => /restored to an earlier state/.test(line)))

  await assert.rejects(api.views.purses.get('P-1', { after: lost.token }), (error) =>
    isKhataError(error, 'token-ahead-of-store'),
  )
  await refused
  // Decided on what the store has, not on what memory had.
  const taken = await api.attempt('Take', { purseId: 'P-1', amount: 500 })
  assert.equal(taken.rejected, 'insufficient-funds')
  for (const amount of [1, 2, 3]) await add(amount)
  // The view goes on, because it is made of nothing but the log.
  await until(async () => (await api.views.purses.get('P-1', { waitMs: 60_000 }))?.balance === 36)
  assert.deepEqual(await tool.projections.verify('purses'), [])
  await pause(1_500)
  assert.deepEqual(handled, [10, 20, 1_000])
  assert.match((await tool.reactions.status('mail')).reason ?? '', /restored to an earlier state/)
  assert.equal((await api.views.purses.get('P-1', { after: kept.token }))?.balance, 36)

  await worker.engine.adopt()
  await until(() => handled.length === 6)
  assert.deepEqual(handled, [10, 20, 1_000, 1, 2, 3])
  await until(async () => (await worker.health()).attention.length === 0 && (await api.health()).attention.length === 0)
  for (const { token } of [kept, lost]) {
    await assert.rejects(api.views.purses.get('P-1', { after: token }), (error) =>
      isKhataError(error, 'token-of-another-store'),
    )
  }
  const last = await add(4)
  assert.equal((await worker.views.purses.get('P-1', { after: last.token }))?.balance, 40)
  assert.deepEqual(await tool.engine.verify(), [])
})

test('RUN-46 a reactor that was first started after the dump goes on after adopting, with what came since the restore', async () => {
  const store = await newDatabase()
  await using dumps = await dumping(store)
  {
    await using before = await khata({ store, use: [purse] })
    await before.execute('Add', { purseId: 'P-1', amount: 1 })
  }
  await dumps.dump()
  const handled: number[] = []
  const mail = reactor('mail', { from: [purse], on: { Added: ({ data }) => void handled.push(data.amount) } })
  await using app = await khata({ store, use: [purse, mail] })
  const add = (amount: number) => app.execute('Add', { purseId: 'P-1', amount })
  await add(10)
  await until(() => handled.length === 1)
  await dumps.restore()
  await until(async () => (await app.health()).attention.some((line) => /restored to an earlier state/.test(line)))
  await add(20)
  await app.engine.adopt()
  await add(30)
  await until(async () => (await app.reactions.status('mail')).position === 3)
  assert.deepEqual(handled, [10, 20, 30])
})

test('a log that was restored without its checkpoints is not gone on with, and it is said why', async () => {
  const handled: number[] = []
  const mail = reactor('mail', {
    from: [purse],
    start: 'beginning',
    on: { Added: ({ data }) => void handled.push(data.amount) },
  })
  const engine = await openPostgres(await newDatabase())
  const mailAt = { name: 'reactor/mail', state: 'running', reason: null, changedAt: 1 } as const
  await engine.events.commit({
    consumers: [{ consumer: mailAt, expected: null }],
    checkpoints: [{ consumer: 'reactor/mail', shard: 0, from: 0, to: 3 }],
  })
  await using app = await khata({ store: engine, use: [purse, mail] })
  await app.execute('Add', { purseId: 'P-1', amount: 1 })
  const status = () => app.reactions.status('mail')
  await until(async () => /the log ends before position 3/.test((await status()).reason ?? ''))
  assert.match((await app.health()).attention.join(), /reactor\/mail is retrying: .*Restore all of it/)
  assert.deepEqual(handled, [])
})

test('nothing is decided on events that a restore took away while connections live on, though the log has grown as far again', async () => {
  const store = await newDatabase()
  await using app = await khata({ store, use: [purse, course, enrolment] })
  await app.execute('Plan', { courseId: 'c', seats: 2 })
  await app.execute('Enrol', { courseId: 'c', studentId: 's1' })
  await restore(store, 0)
  for (const amount of [1, 2, 3]) await app.execute('Add', { purseId: 'P-1', amount })
  const outcome = await app.attempt('Enrol', { courseId: 'c', studentId: 's2' })
  assert.equal(outcome.rejected, 'full')
  assert.deepEqual(await anyApp(app).engine.verify(), [])
})
