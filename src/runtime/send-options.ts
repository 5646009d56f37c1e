import { KhataError } from '../model/error.ts'
import { momentFrom } from '../model/timestamp.ts'
import { findForbiddenText } from '../model/validate.ts'
import type { SendOptions } from './app.ts'
import type { CommandTarget } from './registry.ts'

/**
 * Refuses send options that cannot be meant.
 * @throws KhataError `validation` naming the option
 */
export function checkSendOptions(target: CommandTarget, options: SendOptions): void {
  const fail = (path: string, message: string): never => {
    throw new KhataError('validation', `The option ${path} ${message}.`, { errors: [{ path, message }] })
  }
  const { expectedVersion, occurredAt, correlationId, metadata } = options
  if (expectedVersion !== undefined && (!Number.isSafeInteger(expectedVersion) || expectedVersion < 0)) {
    fail('expectedVersion', 'must be a whole number, 0 or more')
  }
  if (expectedVersion !== undefined && target.kind === 'boundary') {
    fail(
      'expectedVersion',
      `is of a stream, and ${target.name} is decided on the boundary ${target.owner}, which has no version`,
    )
  }
  if (occurredAt !== undefined && !momentFrom(occurredAt)) fail('occurredAt', 'must be a time as ISO 8601 with a zone')
  for (const [name, id] of Object.entries({ correlationId, causationId: options.causationId })) {
    if (id !== undefined && (id === '' || id.length > 256 || findForbiddenText(id) !== null))
      fail(name, 'must be text of 1 to 256 characters')
  }
  if (metadata !== undefined) {
    const path = findForbiddenText(metadata)
    if (path !== null) fail(`metadata.${path}`, 'must not hold a null character or half a character')
    if (JSON.stringify(metadata).length > 65_536) fail('metadata', 'must not be over 65,536 characters of JSON')
  }
}
