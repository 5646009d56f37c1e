import { KhataError } from '../model/error.ts'
import type { EventMetadata } from '../model/recorded-event.ts'
import { findForbiddenText, validate } from '../model/validate.ts'
import type { CommandKey } from '../ports/event-store.ts'
import type { SendOptions } from './app.ts'
import { freeze } from './fold.ts'
import { commandKey } from './idempotency.ts'
import { newId } from './new-id.ts'
import type { CommandOrigin } from './plan.ts'
import { principalOf } from './principal.ts'
import type { CommandTarget } from './registry.ts'

/** A command on its way. */
export interface Flight {
  readonly target: CommandTarget
  readonly input: unknown
  readonly options: SendOptions
  readonly key: CommandKey | null
  /** Sent by the app's own business code: no policy is asked, and its key counts whatever the input. */
  readonly trusted: boolean
  readonly origin: CommandOrigin
  readonly startedAt: number
}

/**
 * A command's input as its schema gives it.
 * @throws KhataError `validation` with every wrong field named
 */
export function checkInput(target: CommandTarget, given: unknown): unknown {
  const checked = validate(target.command.input, given)
  const fail = (errors: readonly { readonly path: string; readonly message: string }[]): never => {
    throw new KhataError('validation', `The input of ${target.name} is not valid.`, { errors })
  }
  if (checked.errors) return fail(checked.errors)
  const path = findForbiddenText(checked.value)
  if (path === null) return checked.value
  return fail([{ path, message: 'must not hold a null character, half a character or a number that is not finite' }])
}

/** Whose keys are not mixed up with those of others. All who are nobody share theirs. */
function scopeOf(user: unknown, principal: string | null): string {
  if (principal !== null) return principal
  if (user === null || user === undefined) return ''
  throw new KhataError(
    'usage',
    'The user has no id that is text, a number or a bigint, so an idempotency key would be shared with others: give users an id.',
    null,
  )
}

/** Everything about a command that stays the same however often it is decided. */
export function flightOf(
  target: CommandTarget,
  input: unknown,
  given: unknown,
  options: SendOptions,
  startedAt: number,
  keyLifetimeMs: number,
  trusted: boolean,
): Flight {
  const principal = principalOf(options.user)
  const commandId = newId()
  const known = {
    ...options.metadata,
    ...(principal === null ? {} : { principal }),
    ...(options.causationId ? { causationId: options.causationId } : {}),
    command: target.name,
  }
  const metadataText = JSON.stringify(known)
  const expiresAt = options.keepKey ? null : startedAt + keyLifetimeMs
  return {
    target,
    input,
    options,
    key:
      options.idempotencyKey === undefined
        ? null
        : commandKey(target.name, scopeOf(options.user, principal), options.idempotencyKey, given, expiresAt),
    trusted,
    origin: {
      commandId,
      correlationId: options.correlationId ?? commandId,
      // As every reader will find it: what somebody gave may hold what JSON does not carry.
      metadata: freeze(options.metadata ? (JSON.parse(metadataText) as EventMetadata) : known),
      metadataText,
      newId,
    },
    startedAt,
  }
}
