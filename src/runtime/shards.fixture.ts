/** Apps that share the shards of views over one store, each with an engine of its own. */
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { Part } from '../index.ts'
import type { Commit, CommitOutcome, Engine, HeldLease } from '../ports/index.ts'
import { openSqlite } from '../sqlite/index.ts'
import type { AnyApp, AppOptions } from './app.ts'
import { folder, start } from './ledger.fixture.ts'
import { feedingPrefix } from './shares.ts'

export const shards = 4

/** Waits for a state, however slow the machine is. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 60_000; !(await holds()); await pause(10)) {
    if (performance.now() > end) throw new Error(`it never was so: ${what}`)
  }
}

/** A store that several apps of one test work over. */
export function sharedStore(test: TestContext, options: { readonly clock?: () => number } = {}) {
  const path = join(folder(test), 'a.db')
  const engine = async (): Promise<Engine> => ({ ...(await openSqlite(path, options)), viewShards: shards })
  return {
    engine,
    /** An app over it, with its engine changed as the test wants. */
    async app(
      use: readonly Part[],
      change: (engine: Engine) => Engine = (same) => same,
      options: Partial<AppOptions> = {},
    ): Promise<AnyApp> {
      return start(test, change(await engine()) as never, { ...options, use })
    },
  }
}

/** An engine whose commits are looked at on their way. */
export function watching(
  engine: Engine,
  look: (commit: Commit, go: () => Promise<CommitOutcome>) => Promise<CommitOutcome>,
): Engine {
  const { events } = engine
  return { ...engine, events: { ...events, commit: (commit) => look(commit, () => events.commit(commit)) } }
}

/** The shards of a generation that owners hold, by owner. */
export async function holdings(engine: Engine, generation: string): Promise<ReadonlyMap<string, readonly HeldLease[]>> {
  const held = await engine.work.leases(`${feedingPrefix}shard/${generation}/`)
  return Map.groupBy(held, ({ owner }) => owner)
}

/** How many shards each owner holds, the fewest first. */
export async function shares(engine: Engine, generation: string): Promise<readonly number[]> {
  return [...(await holdings(engine, generation)).values()].map(({ length }) => length).sort((a, b) => a - b)
}

/** Adds to some purses at once, so that every shard has documents. */
export async function addToAll(app: AnyApp, amount = 1, purses = 40): Promise<void> {
  await Promise.all(Array.from({ length: purses }, (_, n) => app.execute('Add', { purseId: `p${n}`, amount })))
}
