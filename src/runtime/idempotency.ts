/** Idempotency keys: one effect and one receipt for each key, whoever asks how often. */
import { createHash } from 'node:crypto'
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

/** The receipt of an earlier call with this key; null when there was none. */
export async function earlierReceipt(work: WorkStore, key: CommandKey): Promise<StoredReceipt | null> {
  const found = await work.receipt(key)
  if (found && found.inputHash !== key.inputHash) throw keyReused(key.key)
  return found?.receipt ?? null
}

/** The error for one key with two inputs. */
export function keyReused(key: string): KhataError<'idempotency-key-reused'> {
  return new KhataError(
    'idempotency-key-reused',
    'The idempotency key was already used with another input. Use a new key for a new request.',
    { key },
  )
}

/** JSON with sorted keys: the order of fields does not make another input. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}
