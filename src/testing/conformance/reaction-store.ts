import { consumerConformance } from './reaction-store-consumers.ts'
import { letterConformance } from './reaction-store-letters.ts'
import { timerConformance } from './reaction-store-timers.ts'
import { reactionCommitConformance } from './reaction-store-together.ts'
import { type ConformanceOptions, type OpenEngine, suite } from './suite.ts'

/** Registers a test for every promise of `docs/contracts/reaction-store.md`. */
export function reactionStoreConformance(open: OpenEngine, options: ConformanceOptions): void {
  const promise = suite(open, options)
  letterConformance(promise)
  timerConformance(promise)
  consumerConformance(promise)
  reactionCommitConformance(promise)
}
