import { KhataError } from '../model/error.ts'
import { findForbiddenText } from '../model/validate.ts'
import { gavePromise } from './gave-promise.ts'

const maxIdLength = 256

/**
 * The id of a stream as the store keeps it: NFC, 1 to 256 characters, no control characters.
 * @throws KhataError `validation` naming the field
 */
export function checkStreamId(id: unknown, path: string): string {
  const fail = (message: string): never => {
    throw new KhataError('validation', `The stream id ${message}.`, { errors: [{ path, message }] })
  }
  if (typeof id !== 'string') return fail(gavePromise(id) ? 'must be text, and not a promise of it' : 'must be text')
  if (findForbiddenText(id) !== null || /\p{Cc}/u.test(id)) return fail('must not hold control characters or half characters')
  const normal = id.normalize('NFC')
  if (normal.trim() === '') return fail('must not be empty')
  if (normal.length > maxIdLength) return fail(`must not be longer than ${maxIdLength} characters`)
  return normal
}
