import { appendingConformance } from './event-store-appending.ts'
import { boundaryConformance } from './event-store-boundaries.ts'
import { livingConformance } from './event-store-living.ts'
import { onceConformance } from './event-store-once.ts'
import { readingConformance } from './event-store-reading.ts'
import { type ConformanceOptions, type OpenEngine, suite } from './suite.ts'

/** Registers a test for every promise of `docs/contracts/event-store.md`. */
export function eventStoreConformance(open: OpenEngine, options: ConformanceOptions): void {
  const promise = suite(open, options)
  appendingConformance(promise)
  boundaryConformance(promise)
  onceConformance(promise)
  readingConformance(promise)
  livingConformance(promise)
}
