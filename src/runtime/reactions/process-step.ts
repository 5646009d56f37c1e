/** What a process's handlers return, checked, and what is stored of it. */
import { isDeepStrictEqual } from 'node:util'
import { findLoss } from '../../model/check-value.ts'
import { KhataError } from '../../model/error.ts'
import type { Message } from '../../model/message.ts'
import type { Due, ProcessDefinition, Step } from '../../model/process.ts'
import type { Position } from '../../model/units.ts'
import { findForbiddenText } from '../../model/validate.ts'
import { gavePromise } from '../gave-promise.ts'

/** A step of any process. */
export type AnyStep = Step<unknown, string>

/** What a `Stepped` event holds. */
export interface SteppedData {
  /** What was answered. */
  readonly on:
    | { readonly kind: 'event'; readonly id: string; readonly type: string }
    | { readonly kind: 'deadline'; readonly name: string }
    | {
        readonly kind: 'rejected'
        readonly step: string
        readonly index: number
        readonly command: string
        readonly code: string
      }
  /** Inputs up to here are answered. */
  readonly upTo: Position
  readonly state: unknown
  readonly send: readonly Message[]
  /** When deadlines are due, as ISO 8601; null: cancelled. */
  readonly deadlines: { readonly [name: string]: string | null }
  readonly complete: boolean
}

/**
 * Checks what a handler returned; null when there is nothing to do.
 * @throws KhataError `handler-failed` when it is no step
 */
export function checkStep(category: string, definition: ProcessDefinition, what: string, step: unknown): AnyStep | null {
  if (step === null || step === undefined) return null
  const fail = (why: string): never => {
    throw new KhataError('handler-failed', `${what} of the process ${category} ${why}.`, { handler: `process/${category}` })
  }
  if (typeof step !== 'object' || gavePromise(step)) return fail('must return a step: { state, send, deadline, complete }')
  for (const key of Object.keys(step)) {
    if (!['state', 'send', 'deadline', 'complete'].includes(key)) fail(`returned a step with '${key}', which there is not`)
  }
  const { state, send, deadline } = step as AnyStep
  if (
    state !== undefined &&
    (!isDeepStrictEqual(JSON.parse(JSON.stringify(state)), state) || findForbiddenText(state) !== null)
  ) {
    fail('returned a state that does not survive JSON')
  }
  for (const { command, input } of [send ?? []].flat()) {
    const loss = findLoss(input)
    if (loss) fail(`sends ${command} with an input that is not JSON: ${loss.path || 'it'} is ${loss.found}`)
  }
  for (const key of Object.keys(deadline ?? {})) {
    if (!(key in definition.deadlines)) fail(`sets the deadline '${key}', which is not among its deadlines`)
  }
  return step as AnyStep
}

/** When a deadline is due; milliseconds since 1970. Throws `handler-failed` when it is not a time. */
export function dueTime(category: string, due: Exclude<Due, null>, now: number): number {
  const at = 'afterMs' in due ? now + due.afterMs : new Date(due.at).getTime()
  if (!Number.isFinite(at))
    throw new KhataError('handler-failed', `A deadline of ${category} is not a time.`, { handler: `process/${category}` })
  return Math.round(at)
}
