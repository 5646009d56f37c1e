import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { account, bank, transfer } from '@khata/example-bank'
import { type AnyApp, anyApp, khata } from 'khata'
import type { Engine } from 'khata/ports'
import { openEngine } from '../../src/engines.ts'
import { checkEveryPosition } from './transfers-check.ts'
import { accounts } from './transfers-plan.ts'

/** An engine that takes no more commits from the nth on, and says whether it came to that. */
function failing(engine: Engine, nth: number, side: 'before' | 'after') {
  let commits = 0
  let reached = false
  const commit: Engine['events']['commit'] = async (given) => {
    if (!reached && ++commits === nth) {
      if (side === 'after') await engine.events.commit(given)
      reached = true
    }
    if (reached) throw new Error('The process is gone.')
    return engine.events.commit(given)
  }
  const events = new Proxy(engine.events, { get: (events, name) => (name === 'commit' ? commit : bound(events, name)) })
  const wrapped = new Proxy(engine, { get: (all, name) => (name === 'events' ? events : bound(all, name)) })
  return { engine: wrapped, isReached: () => reached }
}

function bound(owner: object, name: string | symbol): unknown {
  const value = Reflect.get(owner, name)
  return typeof value === 'function' ? value.bind(owner) : value
}

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

/** Lets a bank die at each commit in turn, before and after it is on disk, and goes on with another each time. */
export async function surviveEveryCommit(store: string): Promise<number> {
  {
    await using app = await khata({ store, use: bank })
    for (const message of accounts) await app.send(message)
  }

  const amounts = new Map<string, number>()
  let points = 0
  for (const side of ['before', 'after'] as const) {
    for (let nth = 1; ; nth++) {
      const name = `${side}-${nth}`
      for (const { transferId, amount } of pair(name)) amounts.set(transferId, amount)
      const { engine, isReached } = failing(await openEngine(store), nth, side)
      const dying = anyApp(await khata({ store: engine, use: bank, runProjections: false }))
      await start(dying, name).catch(() => undefined)
      while (!isReached() && !(await haveEnded(dying, name))) await pause(2)
      const wasReached = isReached()
      await dying.close()
      await using next = await khata({ store, use: bank, runProjections: false })
      await start(anyApp(next), name)
      for (let waited = 0; !(await haveEnded(anyApp(next), name)); waited += 2) {
        if (waited > 10_000) assert.fail(`${name}: its transfers never end`)
        await pause(2)
      }
      if (!wasReached) break
      points++
    }
  }
  const ends = await checkEveryPosition(store, amounts)
  assert.equal(ends.size, amounts.size)
  for (const [id, end] of ends) assert.equal(end, id.endsWith('arrives') ? 'completed' : 'closed', id)
  return points
}
