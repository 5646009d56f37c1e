import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import type { AnyApp } from '../../index.ts'

/** Longer than anything takes on a machine that is slow and busy: it is only for what never comes. */
const neverMs = 180_000

/** Waits until something holds; fails the test when it never does. */
export async function until(what: string, holds: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + neverMs
  while (!(await holds())) {
    if (performance.now() > deadline) assert.fail(`never: ${what}`)
    await pause(5)
  }
}

/** Waits until something holds that says for itself what it is. */
export const untilTrue = (holds: () => Promise<boolean> | boolean): Promise<void> => until(String(holds), holds)

/** Waits until reactors and processes have nothing to do. */
export const settled = (app: AnyApp, ...names: readonly string[]): Promise<void> =>
  until(`${names.join(', ')} done`, async () => {
    const { position: head } = await app.events.head()
    const all = await Promise.all(names.map((name) => app.reactions.status(name)))
    return all.every(({ lag, retrying }) => lag === 0 && retrying === 0) && (await app.events.head()).position === head
  })
