/** Idempotency keys: one effect and one receipt for each key, whoever asks how often. */
import { createHash } from 'node:crypto'
import { findLoss } from '../model/check-value.ts'
import { KhataError } from '../model/error.ts'
import type { CommandKey } from '../ports/event-store.ts'
import type { StoredReceipt, WorkStore } from '../ports/work-store.ts'

const maxKeyLength = 256

/** Whether a text may be a key: printable ASCII, which every header, log and store carries as it is. */
export function isKey(key: string, maxLength: number): boolean {
  return key !== '' && key.length <= maxLength && /^[\x20-\x7e]+$/.test(key)
}

/** The key of a command as the store remembers it. */
export function commandKey(
  command: string,
  principal: string,
  key: string,
  input: unknown,
  expiresAt: number | null,
): CommandKey {
  if (!isKey(key, maxKeyLength)) {
    const message = `must be 1 to ${maxKeyLength} printable ASCII characters`
    throw new KhataError('validation', `The idempotency key ${message}.`, { errors: [{ path: 'idempotencyKey', message }] })
  }
  const inputHash = createHash('sha256').update(canonical(input)).digest('base64url')
  return { principal, command, key, inputHash, expiresAt }
}

/**
 * The receipt of an earlier call with this key; null when there was none.
 * @param anyInput whether the key alone says that it was done. So it is for what reactors, processes and schedules send:
 * their keys name what they answer, and when their code or an event's data was corrected since, what was done is not done
 * again.
 * @throws KhataError `idempotency-key-reused` when it was with another input, unless any will do
 */
export async function earlierReceipt(work: WorkStore, key: CommandKey, anyInput: boolean): Promise<StoredReceipt | null> {
  const found = await work.receipt(key)
  if (found && found.inputHash !== key.inputHash && !anyInput) throw keyReused(key.key)
  return found?.receipt ?? null
}

function keyReused(key: string): KhataError<'idempotency-key-reused'> {
  return new KhataError(
    'idempotency-key-reused',
    'The idempotency key was already used with another input. Use a new key for a new request.',
    { key },
  )
}

/**
 * JSON with sorted keys: the order of fields, or of what is in a set or map, does not make another input. What JSON does
 * not carry is given a name that no input has, because texts with U+0000 are refused; stored hashes rely on all of it.
 */
function canonical(value: unknown): string {
  return JSON.stringify(value, (field, inner: unknown) => {
    if (typeof inner === 'bigint') return { '\0bigint': String(inner) }
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner
    if (inner instanceof Set) return { '\0set': [...inner].map(canonical).sort() }
    if (inner instanceof Map) return { '\0map': [...inner].map(canonical).sort() }
    const fields = Object.entries(inner)
    if (fields.length === 0) checkComparable(field, inner)
    return Object.fromEntries(fields.sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}

/** A file or pattern shows nothing of what is in it: any two of them would be taken for one input. */
function checkComparable(field: string, value: object): void {
  const loss = findLoss(value)
  if (!loss) return
  const message = `is ${loss.found}, which cannot be compared: a command that holds one cannot have an idempotency key`
  throw new KhataError('validation', `The input ${message}.`, { errors: [{ path: field, message }] })
}
