/** Idempotency keys in a copy, whatever clocks do; between both kinds of stores. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine, EngineOptions } from '../ports/engine.ts'
import { newDatabase } from '../postgres/database.fixture.ts'
import { openPostgres } from '../postgres/index.ts'
import { openSqlite } from '../sqlite/index.ts'
import { done, sample, to as stream } from '../testing/conformance/samples.ts'
import { compareCommands, copyCommands } from './copy-commands.ts'

type Open = (options?: EngineOptions) => Promise<Engine>
const sqlite: Open = (options) => openSqlite(':memory:', options)
const postgres: Open = async (options) => openPostgres(await newDatabase(), options)

interface Keyed {
  readonly expiresAt?: number | null
  /** Whether the command writes an event; it decides nothing otherwise. */
  readonly event?: boolean
}

async function keep(engine: Engine, key: string, { expiresAt = null, event = true }: Keyed = {}): Promise<void> {
  const command = { principal: 'mina', command: 'Do', key, inputHash: 'h', expiresAt }
  await done(engine, { command, appends: event ? [stream('account/a', null, sample())] : [] })
}

/** Copies what came, and compares. */
async function copyAll(from: Engine, to: Engine): Promise<readonly string[]> {
  const { position: after } = await to.events.head()
  const { events } = await from.events.readLog({ after, limit: 1_000 })
  if (events.length > 0) await to.importLog(events)
  const { position } = await from.events.head()
  await copyCommands(from, to, position)
  return compareCommands(from, to, position)
}

async function keysOf(engine: Engine): Promise<readonly string[]> {
  const keys = await engine.rememberedCommands({ after: null, since: 0, upTo: Number.MAX_SAFE_INTEGER, limit: 2_000 })
  return keys.map(({ key }) => key)
}

for (const [way, openSource, openTarget] of [
  ['SQLite to PostgreSQL', sqlite, postgres],
  ['PostgreSQL to SQLite', postgres, sqlite],
] as const) {
  test(`from ${way} the keys go along that come after the source's clock went back`, async () => {
    let now = Date.now()
    await using from = await openSource({ clock: () => now })
    await using to = await openTarget()
    await keep(from, 'first')
    now += 5_000
    await keep(from, 'nothing', { event: false })
    assert.deepEqual(await copyAll(from, to), [])
    now -= 3_000
    await keep(from, 'later')
    await keep(from, 'nothing again', { event: false })
    assert.deepEqual(await copyAll(from, to), [])
    assert.deepEqual(await keysOf(to), ['first', 'later', 'nothing', 'nothing again'])
  })

  test(`from ${way} a key that was used again after its time has its new receipt in the copy`, async () => {
    let now = Date.now()
    await using from = await openSource({ clock: () => now })
    await using to = await openTarget()
    await keep(from, 'over', { expiresAt: now - 10_000 })
    assert.deepEqual(await copyAll(from, to), [])
    now -= 5_000
    await keep(from, 'over')
    assert.deepEqual(await copyAll(from, to), [])
    const [key] = await to.rememberedCommands({ after: null, since: 0, upTo: 10, limit: 10 })
    assert.deepEqual([key?.receipt.position, key?.expiresAt], [2, null])
  })

  test(`from ${way} no key is missing because its time is over for one of the clocks`, async () => {
    const [behind, ahead] = [Date.now() - 60_000, Date.now() + 60_000]
    await using from = await openSource({ clock: () => behind })
    await using to = await openTarget({ clock: () => ahead })
    for (const [key, expiresAt] of Object.entries({ past: behind - 1, 'over there': behind + 1, near: Date.now() })) {
      await keep(from, key, { expiresAt, event: false })
    }
    await keep(from, 'event')
    assert.deepEqual(await copyAll(from, to), [])
    assert.deepEqual(await keysOf(to), await keysOf(from))
  })

  test(`from ${way} comparing finds every key that is missing or another one, and takes what came at the end meanwhile`, async () => {
    await using from = await openSource()
    await using to = await openTarget()
    const keys = ['A', 'b', 'z', '\u{ff61}', '\u{1f4d2}']
    for (const key of keys) await keep(from, key)
    await to.importLog((await from.events.readLog({ after: 0, limit: 10 })).events)
    assert.equal((await compareCommands(from, to, 4)).length, 3)
    await copyCommands(from, to, 5)
    await keep(from, 'nothing', { event: false })
    assert.deepEqual(await compareCommands(from, to, 5), [])
    const [one] = await from.rememberedCommands({ after: null, since: 2, upTo: 2, limit: 1 })
    assert.ok(one)
    await to.importCommands([
      { ...one, inputHash: 'another' },
      { ...one, key: 'more' },
    ])
    assert.deepEqual(await compareCommands(from, to, 5), ["the key 'b' of Do by 'mina' differs"])
  })
}
