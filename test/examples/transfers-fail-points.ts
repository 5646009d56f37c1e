import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { account, bank, transfer } from '@khata/example-bank'
import { type AnyApp, anyApp, khata } from 'khata'
import type { Engine } from 'khata/ports'
import { until } from '../../src/runtime/reactions/eventually.fixture.ts'
import { mortal } from './mortal-engine.ts'
import { checkEveryPosition } from './transfers-check.ts'
import { accounts } from './transfers-plan.ts'

/** One transfer that arrives and one that comes back. */
const pair = (name: string) => [
  { transferId: `${name}-arrives`, from: 'A', to: 'B', amount: 7 },
  { transferId: `${name}-returns`, from: 'B', to: 'closed', amount: 5 },
]

async function start(app: AnyApp, name: string): Promise<void> {
  for (const each of pair(name)) {
    await app.send(transfer.commands.StartTransfer(each), { idempotencyKey: each.transferId, keepKey: true })
  }
}

async function haveEnded(app: AnyApp, name: string): Promise<boolean> {
  for (const { transferId, from } of pair(name)) {
    const { status } = (await app.load(transfer, transferId)).state
    const { inFlight } = (await app.load(account, from)).state
    if (status === 'none' || status === 'started' || transferId in inFlight) return false
  }
  return true
}

/** An app may be closed, and another one made over the same engine. */
const staysOpen = (engine: Engine): Engine => ({
  ...engine,
  close: () => Promise.resolve(),
  [Symbol.asyncDispose]: () => Promise.resolve(),
})

/** Runs a bank that dies at its nth point; answers in which call, or null when its transfers had ended before. */
async function dieAt(nth: number, store: Engine, name: string, onlooker: AnyApp): Promise<string | null> {
  const { engine, death, diedIn, bury } = mortal(store, nth)
  const living = (async () => {
    const app = anyApp(await khata({ store: engine, use: bank, runProjections: false }))
    await start(app, name)
    while (!(await haveEnded(onlooker, name)) && diedIn() === null) await pause(2)
    if (diedIn() === null) await app.close()
  })()
  await Promise.race([death, living])
  await bury()
  return diedIn()
}

/**
 * Lets a bank die at each of its calls to the store in turn, before and after what it asks for is done, and goes on with
 * another bank each time. Answers in which calls it died, and how often. The store may be one that a power cut would damage:
 * it is many thousands of commits, and only processes die.
 */
export async function surviveEveryCall(engine: Engine): Promise<ReadonlyMap<string, number>> {
  await using onlooker = await khata({ store: staysOpen(engine), use: bank, runProjections: false, runReactions: false })
  for (const message of accounts) await onlooker.send(message)

  const amounts = new Map<string, number>()
  const deaths = new Map<string, number>()
  for (let nth = 1; ; nth++) {
    const name = String(nth)
    for (const { transferId, amount } of pair(name)) amounts.set(transferId, amount)
    const call = await dieAt(nth, engine, name, anyApp(onlooker))
    await using next = await khata({ store: staysOpen(engine), use: bank, runProjections: false })
    await start(anyApp(next), name)
    await until(`the transfers end after it died ${call}`, () => haveEnded(anyApp(onlooker), name))
    if (call === null) break
    deaths.set(call, (deaths.get(call) ?? 0) + 1)
  }
  const ends = await checkEveryPosition(staysOpen(engine), amounts)
  assert.equal(ends.size, amounts.size)
  for (const [id, end] of ends) assert.equal(end, id.endsWith('arrives') ? 'completed' : 'closed', id)
  // Which call is the nth differs from run to run; these are so many that both sides of them are met.
  for (const call of ['events.commit', 'events.readLog', 'work.lease']) {
    for (const side of ['before', 'after']) assert.ok(deaths.has(`${side} ${call}`), `${side} ${call} is no point`)
  }
  return deaths
}
