import { AssertionError, deepStrictEqual } from 'node:assert'
import { inspect } from 'node:util'
import type { FieldError } from '../model/error.ts'
import type { AnyPastEvent } from './given-events.ts'

/** What was given and done, for the head of a message. */
export interface Story {
  readonly given: readonly AnyPastEvent[]
  /** A line for each thing that was done. */
  readonly when: readonly string[]
}

/**
 * Compares what came with what was expected.
 * @param caller the method that the test called: the stack begins above it
 * @throws AssertionError with what was given and done, and the difference
 */
export function compare(story: Story, what: string, actual: unknown, expected: unknown, caller: Function): void {
  try {
    deepStrictEqual(actual, expected)
  } catch (error) {
    if (!(error instanceof AssertionError)) throw error
    const message = [
      `This is not the expected ${what}.`,
      ...told(story),
      '',
      'expected - and got +',
      difference(error.message),
    ].join('\n')
    throw new AssertionError({ message, actual, expected, operator: 'expect', stackStartFn: caller as never })
  }
}

/** Errors of an input as a comparison shows them. */
export function wrongFields(errors: readonly FieldError[]): readonly string[] {
  return errors.map(({ path, message }) => `${path || 'input'}: ${message}`)
}

/** A value as JSON gives it back, so that fields without a value count as left out. */
export function throughJson(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value))
}

function told({ given, when }: Story): readonly string[] {
  const facts = given.map((past) => `  ${toldEvent(past)}`)
  const shown = facts.length > 20 ? [`  … ${facts.length - 20} events before`, ...facts.slice(-20)] : facts
  return [
    '',
    'given',
    ...(shown.length > 0 ? shown : ['  nothing']),
    ...(when.length > 0 ? ['when', ...when.map((line) => `  ${line}`)] : []),
  ]
}

/** An event in one line. */
export function toldEvent(past: AnyPastEvent): string {
  const event = 'to' in past ? past.event : past
  const place = 'to' in past ? ` in ${past.to.category}/${past.to.id}` : ''
  return `${event.type}${place} ${short(event.data)}`
}

/** A value in one line. */
export function short(value: unknown): string {
  return inspect(value, { depth: 6, breakLength: Number.POSITIVE_INFINITY, maxArrayLength: 5, maxStringLength: 100 })
}

/** The difference without the heading that node:assert gives it. */
function difference(message: string): string {
  const lines = message.split('\n')
  const body = lines.findIndex((line, index) => index > 0 && line === '')
  return lines.slice(body + 1).join('\n')
}
