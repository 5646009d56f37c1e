/** Something thrown in words. Never throws itself, whatever business code threw, and gives what every store takes. */
import { inspect } from 'node:util'
import { storable } from './storable.ts'

const messageLength = 1_000
const stackLength = 8_000

/** What to tell a person about something thrown: its message, and that of its cause. */
export function messageOf(thrown: unknown): string {
  const parts = errorsOf(thrown).map((error) => textOf(() => error.message))
  return storable(parts.length > 0 ? parts.join(' ') : textOf(() => thrown), messageLength)
}

/** One line and the stack of something thrown, that of its cause included. */
export function describeFailure(thrown: unknown): { readonly error: string; readonly stack: string | null } {
  const stacks = errorsOf(thrown).map((error) => textOf(() => error.stack))
  return { error: messageOf(thrown), stack: stacks.length > 0 ? storable(stacks.join('\ncaused by '), stackLength) : null }
}

/** A thrown error and its cause; none when it is no error. */
function errorsOf(thrown: unknown): readonly Error[] {
  try {
    if (!(thrown instanceof Error)) return []
    return thrown.cause instanceof Error ? [thrown, thrown.cause] : [thrown]
  } catch {
    return []
  }
}

/** What a getter gives, as text. The getter may throw, and what it gives may be anything, also what no text can be made of. */
function textOf(read: () => unknown): string {
  try {
    const given = read()
    return typeof given === 'string'
      ? given
      : inspect(given, { depth: 1, breakLength: Infinity, maxStringLength: messageLength })
  } catch {
    return 'Something was thrown that cannot be put into words.'
  }
}
