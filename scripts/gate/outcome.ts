/** What one test file or one check came to. */
export interface Outcome {
  /** Path from the root, or the check's title. */
  readonly name: string
  readonly passed: number
  readonly failures: readonly Failure[]
  /** Tests that were not run, with their reasons. */
  readonly skipped: readonly string[]
  readonly seconds: number
}

/** One thing that failed, with what a person needs to see. */
export interface Failure {
  readonly title: string
  readonly text: string
}
