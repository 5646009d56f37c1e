import { setTimeout as pause } from 'node:timers/promises'

const lookMs = 20

/** Waits for so many milliseconds; when they are changed meanwhile, what waits goes by the new ones. */
export async function delayed(delayMs: () => number): Promise<void> {
  const began = performance.now()
  for (;;) {
    const left = began + delayMs() - performance.now()
    if (left <= 0) return
    await pause(Math.min(left, lookMs))
  }
}
