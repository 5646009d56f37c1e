/** A store that is put back to an earlier copy of itself under those who work with it. */
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import type { Part } from '../index.ts'
import type { Engine } from '../ports/index.ts'
import { openSqlite } from '../sqlite/index.ts'
import type { AnyApp } from './app.ts'
import { folder, start } from './ledger.fixture.ts'

/** An engine that may be restored. */
export interface Restored {
  readonly engine: Engine
  /** From here on all works on the copy. No look at the log's past is answered until `look` is called. */
  restore(): void
  /** How often the log's past was looked at since the restore. */
  readonly looks: () => number
  look(): void
}

/** A store as some work has left it; what comes then is lost by the restore. */
export async function restorable(test: TestContext, use: readonly Part[], work: (app: AnyApp) => Promise<void>) {
  const place = folder(test)
  const [path, copy] = [join(place, 'a.db'), join(place, 'copy.db')]
  const app = await start(test, `sqlite:${path}`, { use })
  await work(app)
  await app.close()
  copyFileSync(path, copy)
  const engines = [await openSqlite(path), await openSqlite(copy)] as const
  let at: Engine = engines[0]
  let looks = 0
  const allowed = Promise.withResolvers<void>()
  const lookUp: Engine['events']['lookUp'] = async (what) => {
    if (at === engines[1] && 'position' in what) {
      looks++
      await allowed.promise
    }
    return at.events.lookUp(what)
  }
  const port = (name: 'events' | 'views' | 'work' | 'reactions', own: object = {}): never =>
    new Proxy(own, { get: (_, key) => Reflect.get(own, key) ?? Reflect.get(at[name], key) }) as never
  const engine: Engine = {
    ...engines[0],
    events: port('events', { lookUp }),
    views: port('views'),
    work: port('work'),
    reactions: port('reactions'),
    identity: async () => ({ ...(await at.identity()), here: (await engines[0].identity()).here }),
    adopt: () => at.adopt(),
    onCommit: (listener) => {
      const stops = engines.map((one) => one.onCommit(listener))
      return () => stops.forEach((stop) => void stop())
    },
    close: async () => {
      await Promise.all(engines.map((one) => one.close()))
    },
  }
  return {
    engine,
    restore: () => {
      at = engines[1]
    },
    looks: () => looks,
    look: () => allowed.resolve(),
  } satisfies Restored
}
