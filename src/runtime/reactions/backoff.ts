import type { ConsumerSettings } from '../../model/consumer.ts'

/**
 * Milliseconds before the next attempt: doubled each time up to a limit, with a quarter of jitter either way, so that
 * what failed together is not tried together. `chance` is from 0 to 1.
 */
export function delayBefore(settings: ConsumerSettings, attempts: number, chance: number): number {
  const full = Math.min(settings.firstDelayMs * 2 ** Math.max(0, attempts - 1), settings.maxDelayMs)
  return Math.round(full * (0.75 + chance / 2))
}
