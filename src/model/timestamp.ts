import type { Timestamp } from './units.ts'

/** A moment as stores keep it and as code sees it. */
export interface Moment {
  /** Milliseconds since 1970. */
  readonly ms: number
  readonly text: Timestamp
}

const time = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?$/

/**
 * The moment of a time, to the millisecond; null when it is none. A text must be ISO 8601 with a zone, or a date alone, which
 * means its first moment in UTC: what else `Date` takes for a time depends on where the process runs, or is a guess.
 */
export function momentFrom(given: Date | Timestamp): Moment | null {
  if (!(given instanceof Date || (time.test(given) && isCalendarDay(given.slice(0, 10))))) return null
  const date = new Date(given)
  const ms = date.getTime()
  return Number.isNaN(ms) ? null : { ms, text: date.toISOString() }
}

/** `new Date` takes 30 February for 2 March. */
function isCalendarDay(day: string): boolean {
  const moment = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(moment.getTime()) && moment.toISOString().startsWith(day)
}
