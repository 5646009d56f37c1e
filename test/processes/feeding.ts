/** Processes that feed a view over one store, and what the store says of them. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { type AnyApp, anyApp, khata } from 'khata'
import type { Engine } from 'khata/ports'
import { addToAll } from '../../src/runtime/shards.fixture.ts'
import { samples } from '../../src/testing/conformance/samples.ts'
import { parts } from './purses.ts'

/** Starts a feeding process and waits until it is at work; it is killed when the test ends. */
export async function feeder(t: TestContext, store: string): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn(process.execPath, ['--conditions=khata-source', join(import.meta.dirname, 'feeder.ts'), store], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => kill(child))
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the feeder ended by itself'))),
  ])
  return child as ChildProcess & { readonly pid: number }
}

/** Kills a process without warning. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The app in the process of the test: it sends commands and looks, and feeds nothing. */
export async function onlooker(t: TestContext, store: string): Promise<AnyApp> {
  const app = anyApp(await khata({ store, use: parts, runProjections: false, runReactions: false }))
  t.after(() => app.close())
  return app
}

/** Which process has each shard of a generation; null: none. */
export async function owners(engine: Engine, generation: string): Promise<readonly (number | null)[]> {
  const held = new Map((await engine.work.leases('views/shard/')).map(({ name, owner }) => [name, owner]))
  return Array.from({ length: engine.viewShards }, (_, shard) => {
    const owner = held.get(`views/shard/${generation}/${shard}`)
    return owner === undefined ? null : Number(owner.split(':')[1])
  })
}

/** Waits until the shards of a generation are divided among some processes, each with so many; in that order. */
export async function divided(
  engine: Engine,
  generation: string,
  among: readonly { readonly pid: number }[],
  shares: readonly number[],
  withinMs = 60_000,
): Promise<readonly (number | null)[]> {
  for (const end = performance.now() + withinMs; ; await pause(20)) {
    const all = await owners(engine, generation)
    const counts = among.map(({ pid }) => all.filter((owner) => owner === pid).length).sort((a, b) => a - b)
    if (counts.join() === shares.join()) return all
    if (performance.now() > end)
      throw new Error(`${generation} has these owners: ${all.join()}, not ${among.map(({ pid }) => pid)}`)
  }
}

/** Gives each of 60 purses so many moves. */
export async function fill({ engine }: AnyApp, each: number): Promise<void> {
  for (let n = 0; n < 60; n++) {
    const events = samples(each, 'MoneyAdded')
    await engine.events.commit({ appends: [{ category: 'purse', streamId: `p${n}`, expected: null, events }] })
  }
}

/** Commands that never end; `stop` ends them. */
export function load(app: AnyApp): { stop(): Promise<void> } {
  let running = true
  const adding = (async () => {
    while (running) {
      await addToAll(app, 1, 60)
      await pause(5)
    }
  })()
  adding.catch(() => {})
  return {
    async stop() {
      running = false
      await adding
    },
  }
}

/** Stops a process at a moment at which it does not hold the store's write lock: nobody could take that from it. */
export async function freeze({ engine }: AnyApp, pid: number): Promise<void> {
  for (;;) {
    process.kill(pid, 'SIGSTOP')
    const written = engine.events.commit({ timers: [{ cancel: 'nothing' }] }).then(() => true)
    if (await Promise.race([written, pause(1_000, false)])) return
    process.kill(pid, 'SIGCONT')
    await written
  }
}

/** Waits until the view has taken in all there is, and compares every document with a fresh fold. */
export async function differences(app: AnyApp): Promise<readonly string[]> {
  await app.projections.caughtUp({ waitMs: 60_000 })
  return app.projections.verify('contents')
}
