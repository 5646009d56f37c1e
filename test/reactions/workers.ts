/** Worker processes over one store, to be killed. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { type AnyApp, anyApp, khata } from 'khata'
import { purse } from '../../src/runtime/ledger.fixture.ts'
import { moving, till, transfer } from '../../src/runtime/reactions/transfer.fixture.ts'
import { answer, errand, running } from './errands.ts'

/** Where a test's store and effects are. */
export interface Place {
  /** The store's URL. */
  readonly store: string
  /** A file with a line for each effect. */
  readonly effects: string
}

/** A place that is gone after the test: with an SQLite file, unless another store is given. */
export function placeOf(context: TestContext, store?: string): Place {
  const folder = mkdtempSync(join(tmpdir(), 'khata-reactions-'))
  context.after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))
  return { store: store ?? `sqlite:${join(folder, 'store.db')}`, effects: join(folder, 'effects.txt') }
}

/** Starts a worker and waits until it is at work; it is killed when the test ends. */
export async function worker(context: TestContext, { store, effects }: Place): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['--conditions=khata-source', join(import.meta.dirname, 'worker.ts'), store, effects], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  context.after(() => kill(child))
  await Promise.race([
    once(child.stdout, 'data'),
    once(child, 'exit').then(() => Promise.reject(new Error('the worker ended by itself'))),
  ])
  return child
}

/** Kills a worker without warning. */
export async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGKILL')
  await once(child, 'exit')
}

/** The app in the process of the test: it sends commands and looks, and runs nothing. */
export async function onlooker(context: TestContext, { store, effects }: Place): Promise<AnyApp> {
  const use = [errand, answer, running(effects), purse, till, transfer, moving()] as const
  const app = anyApp(await khata({ store, use, runProjections: false, runReactions: false }))
  context.after(() => app.close())
  return app
}
