/** Two workers over one store, one of which is killed or frozen at the worst time; for any store. */
import assert from 'node:assert/strict'
import type { ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { AnyApp } from 'khata'
import { v7 } from 'uuid'
import { until } from '../../src/runtime/reactions/eventually.fixture.ts'
import { asked } from './errands.ts'
import { kill, onlooker, type Place, worker } from './workers.ts'

interface Effect {
  readonly stream: string
  readonly version: number
  readonly id: string
  readonly pid: number
}

function effectsIn(file: string): readonly Effect[] {
  if (!existsSync(file)) return []
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [stream = '', version, id = '', pid] = line.split(' ')
      return { stream, version: Number(version), id, pid: Number(pid) }
    })
}

/** Two workers, one of which can be killed and replaced. */
async function pair(t: TestContext, place: Place) {
  const children = [await worker(t, place), await worker(t, place)]
  return {
    async replace(victim: ChildProcess): Promise<void> {
      await kill(victim)
      children.splice(children.indexOf(victim), 1)
      children.push(await worker(t, place))
    },
    owner: (pid: number): ChildProcess => children.find((child) => child.pid === pid) as ChildProcess,
    any: (n: number): ChildProcess => children[n % 2] as ChildProcess,
  }
}

/** Fails when a stream's effects come in another order than its events, but for those that are repeated. */
function inOrder(effects: readonly Effect[]): void {
  const reached = new Map<string, number>()
  for (const { stream, version } of effects) {
    const last = reached.get(stream) ?? version - 1
    assert.ok(version <= last + 1, `${stream} went from ${last} to ${version}`)
    reached.set(stream, Math.max(last, version))
  }
}

/** Fails unless each event was answered by one command, in the order of its stream. */
async function answeredOnce(app: AnyApp, streams: readonly string[]): Promise<void> {
  for (const streamId of streams) {
    const all = (category: string) => app.engine.events.readStream({ category, streamId, limit: 1_000_000 })
    const [answers, asks] = [await all('answer'), await all('errand')]
    const ids = answers.map(({ data }) => (JSON.parse(data) as { eventId: string }).eventId)
    assert.deepEqual(
      ids,
      asks.map(({ id }) => id),
    )
  }
  assert.deepEqual((await app.reactions.deadLetters()).items, [])
}

const settled = (app: AnyApp, ...names: string[]): Promise<void> =>
  until(`${names} done`, async () => {
    const all = await Promise.all(names.map((name) => app.reactions.status(name)))
    return all.every(({ lag, retrying }) => lag === 0 && retrying === 0)
  })

/** The one at work is killed in the middle of its batch, again and again, and the other takes over. */
export async function killInTheMiddle(t: TestContext, place: Place, rounds: number): Promise<void> {
  const app = await onlooker(t, place)
  const workers = await pair(t, place)
  const streams = Array.from({ length: 25 }, (_, n) => `e${n}`)
  const ask = async (each: number) => {
    for (const streamId of streams) {
      const events = Array.from({ length: each }, (_, n) => asked(n))
      await app.engine.events.commit({ appends: [{ category: 'errand', streamId, expected: null, events }] })
    }
  }
  for (let round = 0; round < rounds; round++) {
    const before = effectsIn(place.effects).length
    await ask(29)
    await until('in the middle', () => effectsIn(place.effects).length > before + 40 * (round + 1))
    const { pid } = effectsIn(place.effects).at(-1) as Effect
    await kill(workers.owner(pid))
    // There is something left to do, however fast it was.
    await ask(1)
    await until('another one', () => effectsIn(place.effects).at(-1)?.pid !== pid)
    await workers.replace(workers.owner(pid))
    await settled(app, 'running')
  }

  const effects = effectsIn(place.effects)
  assert.equal(new Set(effects.map(({ id }) => id)).size, streams.length * rounds * 30)
  assert.ok(new Set(effects.map(({ pid }) => pid)).size > rounds / 2)
  inOrder(effects)
  await answeredOnce(app, streams)
}

/** Freezes a process at a moment at which it does not hold the store's write lock: nobody could take that from it. */
async function freeze({ engine }: AnyApp, pid: number): Promise<void> {
  for (;;) {
    process.kill(pid, 'SIGSTOP')
    const written = engine.events.commit({ timers: [{ cancel: 'nothing' }] }).then(() => true)
    if (await Promise.race([written, pause(1_000, false)])) return
    process.kill(pid, 'SIGCONT')
    await written
    await pause(7)
  }
}

/** The one at work is frozen, and wakes up when another has taken its place. */
export async function freezeInTheMiddle(t: TestContext, place: Place): Promise<void> {
  const app = await onlooker(t, place)
  const workers = await pair(t, place)
  const streams = Array.from({ length: 10 }, (_, n) => `e${n}`)
  const ask = async (each: number) => {
    for (const streamId of streams) {
      const events = Array.from({ length: each }, (_, n) => asked(n))
      await app.engine.events.commit({ appends: [{ category: 'errand', streamId, expected: null, events }] })
    }
  }
  let pid = 0
  let asks = 0
  // Until it was frozen before it was done, however fast it is.
  do {
    if (pid !== 0) process.kill(pid, 'SIGCONT')
    await ask(500)
    asks += 500
    const before = effectsIn(place.effects).length
    await until('in the middle', () => effectsIn(place.effects).length > before + 50)
    pid = (effectsIn(place.effects).at(-1) as Effect).pid
    await freeze(app, pid)
  } while (effectsIn(place.effects).length >= streams.length * asks)
  // It lives, so nobody may take its place before the time of its lease is over.
  await until('another one', () => effectsIn(place.effects).at(-1)?.pid !== pid)
  process.kill(pid, 'SIGCONT')
  await ask(20)
  await settled(app, 'running')
  const effects = effectsIn(place.effects)
  assert.equal(new Set(effects.map(({ id }) => id)).size, streams.length * (asks + 20))
  for (const own of [true, false]) inOrder(effects.filter((effect) => (effect.pid === pid) === own))
  await answeredOnce(app, streams)
  // It has become the one that waits: what was asked since is none of its work.
  const [now, ...others] = new Set(effects.filter(({ version }) => version > asks).map((effect) => effect.pid))
  assert.notEqual(now, pid)
  assert.deepEqual(others, [])
  await kill(workers.owner(now as number))
  await ask(1)
  await until('it works again', () => effectsIn(place.effects).at(-1)?.pid === pid)
  await settled(app, 'running')
  await answeredOnce(app, streams)
}

/** Transfers run, and either worker is killed now and then. */
export async function moveMoney(t: TestContext, place: Place): Promise<void> {
  const app = await onlooker(t, place)
  const workers = await pair(t, place)
  const purses = 5
  const each = 100
  for (let n = 0; n < purses; n++) {
    await app.execute('Add', { purseId: `p${n}`, amount: each })
    // One till stays closed: what is sent there comes back.
    if (n > 0) await app.execute('OpenTill', { tillId: `t${n}` })
  }
  const transfers = 60
  for (let n = 0; n < transfers; n++) {
    const data = { transferId: `x${n}`, from: `p${n % purses}`, to: `t${(n * 3) % purses}`, amount: 1 + (n % 20) }
    await app.execute('StartTransfer', data, { idempotencyKey: v7() })
    if (n % 12 === 11) await workers.replace(workers.any(Math.floor(n / 12)))
  }
  await settled(app, 'moving')

  const query = [{ categories: ['purse', 'till', 'transfer'] }]
  const { events } = await app.engine.events.readLog({ after: 0, query, limit: 10_000 })
  let money = 0
  let moved = 0
  const ended = new Map<string, string>()
  const signs: Readonly<Record<string, number>> = { MoneyAdded: 1, MoneyTaken: -1, Credited: 1 }
  for (const { type, data, streamId } of events) {
    const { amount = 0, result = '' } = JSON.parse(data) as { amount?: number; result?: string }
    money += (signs[type] ?? 0) * amount
    if (type === 'Credited') moved += amount
    if (type === 'TransferEnded') {
      assert.equal(ended.has(streamId), false, `${streamId} ended twice`)
      ended.set(streamId, result)
    }
    // What is on its way has left and not arrived: never is there more than there was.
    assert.ok(money <= purses * each)
  }
  assert.equal(money, purses * each)
  assert.equal(ended.size, transfers)
  const results = [...ended.values()]
  assert.ok(moved > 0 && results.includes('completed') && results.includes('failed'), results.join())
  assert.deepEqual((await app.reactions.deadLetters()).items, [])
}
