import { type ConformanceOptions, type OpenEngine, suite } from './suite.ts'
import { documentConformance } from './view-store-documents.ts'
import { findingConformance } from './view-store-finding.ts'
import { inlineConformance } from './view-store-inline.ts'

/** Registers a test for every promise of `docs/contracts/view-store.md`. */
export function viewStoreConformance(open: OpenEngine, options: ConformanceOptions): void {
  const promise = suite(open, options)
  documentConformance(promise)
  findingConformance(promise)
  inlineConformance(promise)
}
