import { KhataError } from '../model/error.ts'

/**
 * Whether business code that must answer at once gave a promise instead. It is refused, and nobody waits for it: what it is
 * rejected with later must not end the process.
 */
export function gavePromise(given: unknown): boolean {
  if (!(given instanceof Promise)) return false
  given.catch(() => {})
  return true
}

/** The error for business code that gave a promise. */
export function asynchronous(what: string, handler: string): KhataError<'handler-failed'> {
  return new KhataError('handler-failed', `${what} is asynchronous: it must be a pure function.`, { handler })
}
