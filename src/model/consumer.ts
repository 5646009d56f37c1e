/** What reactors and processes have in common. */
/** How often and when a failed event is tried again. All have defaults. */
export interface RetryPolicy {
  /** Attempts in all, the first included, before the event becomes a dead letter. Default 8. */
  readonly attempts?: number
  /** Milliseconds before the second attempt; doubled each time, with jitter. Default 1,500: about 3 minutes in all. */
  readonly firstDelayMs?: number
  /** The longest delay in milliseconds. Default 120,000. */
  readonly maxDelayMs?: number
}

/** How a consumer works; all have defaults. */
export interface ConsumerOptions {
  readonly retry?: RetryPolicy
  /** Lanes in work at once in one process. Default 16. */
  readonly concurrency?: number
  /** Milliseconds after which a handler's signal is aborted and the attempt has failed. Default 30,000, at most 24 days. */
  readonly timeoutMs?: number
  /** Where a consumer that was never here before begins. Default `now`: effects of the past are not repeated. */
  readonly start?: 'now' | 'beginning'
  readonly description?: string
}

/** Consumer options with their defaults. */
export interface ConsumerSettings {
  readonly attempts: number
  readonly firstDelayMs: number
  readonly maxDelayMs: number
  readonly concurrency: number
  readonly timeoutMs: number
  readonly start: 'now' | 'beginning'
  readonly description: string | null
}

/** Fills in the defaults. */
export function settingsOf(options: ConsumerOptions): ConsumerSettings {
  return {
    attempts: options.retry?.attempts ?? 8,
    firstDelayMs: options.retry?.firstDelayMs ?? 1_500,
    maxDelayMs: options.retry?.maxDelayMs ?? 120_000,
    concurrency: options.concurrency ?? 16,
    timeoutMs: options.timeoutMs ?? 30_000,
    start: options.start ?? 'now',
    description: options.description ?? null,
  }
}
