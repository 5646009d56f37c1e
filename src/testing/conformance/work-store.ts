import { type ConformanceOptions, type OpenEngine, suite } from './suite.ts'
import { generationConformance } from './work-store-generations.ts'
import { leaseConformance } from './work-store-leases.ts'
import { memoryConformance } from './work-store-memory.ts'

/** Registers a test for every promise of `docs/contracts/work-store.md`. */
export function workStoreConformance(open: OpenEngine, options: ConformanceOptions): void {
  const promise = suite(open, options)
  memoryConformance(promise)
  leaseConformance(promise)
  generationConformance(promise)
}
