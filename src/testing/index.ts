import '../node-version.ts'

export {
  type ConformanceOptions,
  eventStoreConformance,
  type OpenEngine,
  reactionStoreConformance,
  viewStoreConformance,
  workStoreConformance,
} from './conformance/index.ts'
export { type Given, type GivenPart, type GivenProjection, given, type PastOf, type Testable, type When } from './given.ts'
export type { GivenContext } from './given-decision.ts'
export { type OldEvent, type PastEvent, type PastEventElsewhere, type PastFacts, pastId, pastTime } from './given-events.ts'
export type { GivenProcess } from './given-process-steps.ts'
