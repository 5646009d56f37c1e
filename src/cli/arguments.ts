import { InvalidArgumentError } from 'commander'
import { KhataError } from '../model/error.ts'
import { momentFrom } from '../model/timestamp.ts'

/** A whole number of at least `least`, and at most `most`. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(number) || number < least || number > most) {
      const range = most < Number.MAX_SAFE_INTEGER ? `from ${least} to ${most}` : `${least} or more`
      throw new InvalidArgumentError(`Must be a whole number, ${range}.`)
    }
    return number
  }
}

/** Who is named; nobody has no name. */
export function person(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('Must not be empty.')
  return text
}

/** A moment as ISO 8601; without a zone it is UTC, and a date alone is its first moment. */
export function moment(text: string): Date {
  const zoned = /^\d{4}-\d\d-\d\dT[\d:.]+$/.test(text) ? `${text}Z` : text
  const time = momentFrom(zoned)
  if (!time) {
    throw new InvalidArgumentError('Must be a time such as 2026-01-05 or 2026-01-05T09:30:00Z.')
  }
  return new Date(time.ms)
}

/** Collects an option that may be given several times. */
export function several(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** A place in the log: a position, or a token as it is. */
export function place(text: string): string | number {
  return /^\d+$/.test(text) ? Number(text) : text
}

/** A position of the log. */
export function position(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new KhataError('usage', `A position is a whole number, 0 or more, not '${text}'.`, null)
}
