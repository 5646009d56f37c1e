import { KhataError } from './error.ts'

/** What a handler says instead of "done": when to try again, or that nobody should for now. */
export type Verdict =
  | { readonly verdict: 'retry-after'; readonly ms: number; readonly reason: string }
  | { readonly verdict: 'skip' | 'park' | 'stop'; readonly reason: string }

/**
 * Try this event again after so many milliseconds, however long; it counts as an attempt, but not as an error.
 * @throws KhataError `usage` when `ms` is no number of 0 or more
 */
export function retryAfter(ms: number, reason = 'the handler asked for it'): Verdict {
  if (!Number.isFinite(ms) || ms < 0)
    throw new KhataError('usage', `An event is tried again after a number of ms, not ${ms}.`, null)
  return { verdict: 'retry-after', ms, reason }
}

/** Leave this event out, for a reason that is kept. The lane goes on. */
export function skip(reason: string): Verdict {
  return { verdict: 'skip', reason }
}

/** Make this event a dead letter at once: trying again would not help. Its lane waits, the others go on. */
export function park(reason: string): Verdict {
  return { verdict: 'park', reason }
}

/** Stop the whole consumer until an operator resumes it; this event is then tried again. */
export function stop(reason: string): Verdict {
  return { verdict: 'stop', reason }
}

/** Whether something that a handler returned is a verdict. */
export function isVerdict(value: unknown): value is Verdict {
  return typeof value === 'object' && value !== null && 'verdict' in value
}
