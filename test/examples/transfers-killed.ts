import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { checkEveryPosition } from './transfers-check.ts'
import { plan, refusals } from './transfers-plan.ts'

const child = resolve(import.meta.dirname, 'transfers-child.ts')

/** Runs a child; kills it after so many milliseconds of work if it is not done by then. */
async function run(store: string, aheadMs: number, kill: { readonly afterMs: number; readonly signal: NodeJS.Signals } | null) {
  const running = spawn(process.execPath, ['--conditions=khata-source', child, store, String(aheadMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(running, 'exit')
  let done = false
  for await (const line of createInterface({ input: running.stdout })) {
    if (line === 'done') done = true
    if (line === 'open' && kill) void pause(kill.afterMs).then(() => running.kill(kill.signal))
  }
  await exited
  return done
}

const kills = [
  { afterMs: 15, signal: 'SIGKILL' },
  { afterMs: 90, signal: 'SIGKILL' },
  { afterMs: 200, signal: 'SIGTERM' },
  { afterMs: 320, signal: 'SIGKILL' },
  { afterMs: 150, signal: 'SIGKILL' },
  { afterMs: 60, signal: 'SIGTERM' },
  { afterMs: 250, signal: 'SIGKILL' },
] as const

/** Kills and restarts a bank at work on a store, then holds its whole log to the plan. */
export async function surviveKills(store: string): Promise<void> {
  let round = 0
  for (const { afterMs, signal } of kills) {
    // Not the same moment each time, but one that a failure names.
    const jittered = Math.round(afterMs * (0.5 + Math.random()))
    const done = await run(store, round++ * 20_000, { afterMs: jittered, signal })
    console.log(`${signal} after ${jittered} ms${done ? ': was done' : ''}`)
  }
  assert.ok(await run(store, round * 20_000, null), 'the last run ends by itself')
  const ends = await checkEveryPosition(store, new Map(plan.map((each) => [each.transferId, each.amount])))
  assert.equal(ends.size, plan.length)
  for (const { transferId, to, amount } of plan) {
    const end = ends.get(transferId)
    if (amount === 1_000_000) assert.equal(end, 'insufficient-funds', transferId)
    else assert.ok(end === (refusals[to] ?? 'completed') || end === 'insufficient-funds', `${transferId} to ${to}: ${end}`)
  }
  assert.ok([...ends.values()].filter((end) => end === 'completed').length > 200)
}
