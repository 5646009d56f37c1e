/** A command that is sent again after its store has moved has one effect, whichever way it moved. */
import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { aggregate, khata } from 'khata'
import pg from 'pg'
import * as z from 'zod'
import type { Engine } from '../../src/ports/engine.ts'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { openSqlite } from '../../src/sqlite/index.ts'
import { run, start, temporaryFolder } from '../cli/run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
let made = 0
const newFile = () => `sqlite:${folder.file(`keys-${++made}.db`)}`
const opened = (store: string): Promise<Engine> =>
  store.startsWith('sqlite:') ? openSqlite(store.replace('sqlite:', '')) : openPostgres(store)
const copy = (from: string, to: string, ...more: string[]) =>
  run(['copy', '--from', from, '--to', to, ...more], { folder: folder.path })

const jar = aggregate('jar', {
  id: 'jarId',
  events: { CoinsPutIn: z.object({ coins: z.int() }) },
  initial: { coins: 0 },
  evolve: { CoinsPutIn: ({ coins }, { coins: more }) => ({ coins: coins + more }) },
  commands: {
    PutIn: {
      input: z.object({ jarId: z.string(), coins: z.int() }),
      decide: ({ coins }) => (coins === 0 ? null : { type: 'CoinsPutIn', data: { coins } }),
    },
  },
})
const appOn = (store: string) => khata({ store, use: [jar] })
const keysOf = async (store: string) => {
  await using engine = await opened(store)
  return engine.rememberedCommands({ after: null, since: 0, upTo: Number.MAX_SAFE_INTEGER, limit: 10_000 })
}

/** A store with keys that are kept for a while, for ever, over already, of other senders, and of a command without events. */
async function filled(store: string): Promise<void> {
  const app = await appOn(store)
  for (let n = 0; n < 1_100; n++) await app.execute('PutIn', { jarId: 'many', coins: 1 }, { idempotencyKey: `many ${n}` })
  await app.execute('PutIn', { jarId: 'a', coins: 5 }, { idempotencyKey: 'once', user: { id: 'মিনা' } })
  await app.execute('PutIn', { jarId: 'a', coins: 7 }, { idempotencyKey: 'kept', keepKey: true })
  await app.execute('PutIn', { jarId: 'a', coins: 0 }, { idempotencyKey: 'nothing' })
  await app.close()
  const hasty = await khata({ store, use: [jar], keyLifetimeMs: 5_000 })
  await hasty.execute('PutIn', { jarId: 'a', coins: 1 }, { idempotencyKey: 'over' })
  await hasty.close()
  const over = (await keysOf(store)).find(({ key }) => key === 'over')?.expiresAt ?? assert.fail('it is not remembered')
  while (Date.now() <= over) await pause(50)
}

async function repeats(store: string): Promise<void> {
  const app = await appOn(store)
  const before = await app.events.head()
  const once = { idempotencyKey: 'once', user: { id: 'মিনা' } }
  const first = await app.execute('PutIn', { jarId: 'a', coins: 5 }, once)
  assert.deepEqual([first.repeated, first.stream, first.version, first.position], [true, 'jar/a', 1, 1_101])
  const kept = await app.execute('PutIn', { jarId: 'a', coins: 7 }, { idempotencyKey: 'kept' })
  const nothing = await app.execute('PutIn', { jarId: 'a', coins: 0 }, { idempotencyKey: 'nothing' })
  const many = await app.execute('PutIn', { jarId: 'many', coins: 1 }, { idempotencyKey: 'many 1099' })
  assert.deepEqual([kept.repeated, nothing.repeated, many.repeated], [true, true, true])
  await assert.rejects(app.execute('PutIn', { jarId: 'a', coins: 6 }, once), { code: 'idempotency-key-reused' })
  assert.deepEqual(await app.events.head(), before)
  const over = await app.execute('PutIn', { jarId: 'a', coins: 1 }, { idempotencyKey: 'over' })
  assert.deepEqual([over.repeated, over.position], [false, before.position + 1])
  await app.close()
}

for (const [way, newSource, newTarget] of [
  ['SQLite to PostgreSQL', newFile, newDatabase],
  ['PostgreSQL to SQLite', newDatabase, newFile],
] as const) {
  test(`from ${way} keys go with the log, and those whose time is over count as new there too`, async () => {
    const [source, target] = [await newSource(), await newTarget()]
    await filled(source)
    const { code, stderr } = await copy(source, target, '--verify')
    assert.equal(code, 0, stderr)
    const [there, here] = [await keysOf(source), await keysOf(target)]
    assert.equal(there.length, 1_104)
    assert.deepEqual(here, there)
    const verified = await run(['verify', '--store', target], { folder: folder.path })
    assert.equal(verified.code, 0, verified.stdout)
    await repeats(target)
  })
}

test('a copy that follows takes the keys that come, and comparing finds one that is missing', async () => {
  const [source, target] = [newFile(), await newDatabase()]
  const app = await appOn(source)
  await app.execute('PutIn', { jarId: 'a', coins: 1 }, { idempotencyKey: 'before' })
  const following = start(['copy', '--from', source, '--to', target, '--follow'], { folder: folder.path })
  await using copied = await openPostgres(target)
  while ((await copied.events.head()).position < 1) await pause(10)
  await app.execute('PutIn', { jarId: 'a', coins: 2 }, { idempotencyKey: 'meanwhile' })
  while ((await copied.events.head()).position < 2) await pause(10)
  following.process.kill('SIGINT')
  const { code, stderr } = await following.ended
  assert.equal(code, 0, stderr)
  assert.deepEqual(
    (await keysOf(target)).map(({ key }) => key),
    ['before', 'meanwhile'],
  )
  const client = new pg.Client({ connectionString: target })
  await client.connect()
  await client.query(`DELETE FROM khata.command WHERE key = 'before'`)
  await client.end()
  const compared = await copy(source, target, '--verify')
  assert.equal(compared.code, 1)
  assert.equal(compared.stdout, "the key 'before' of PutIn by '' is missing in the copy\n")
  await app.close()
})
