import { createHash } from 'node:crypto'
import { KhataError } from '../model/error.ts'
import type { FieldValue } from '../ports/view-store.ts'

/** Where a page of documents ended, as text for the caller. `scope` is the question: a cursor fits no other. */
export function encodeCursor(last: { readonly value: FieldValue; readonly id: string }, scope: string): string {
  return Buffer.from(JSON.stringify([hash(scope), last.value, last.id])).toString('base64url')
}

/**
 * The place that a cursor stands for.
 * @throws KhataError `validation` when it is not a cursor, or of another question
 */
export function decodeCursor(cursor: string, scope: string): { readonly value: FieldValue; readonly id: string } {
  const fail = (message: string): never => {
    throw new KhataError('validation', `The cursor ${message}.`, { errors: [{ path: 'cursor', message }] })
  }
  let parts: unknown
  try {
    parts = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
  } catch {
    return fail('is not one of this API')
  }
  if (!Array.isArray(parts) || parts.length !== 3) return fail('is not one of this API')
  const [of, value, id] = parts as [unknown, unknown, unknown]
  if (of !== hash(scope)) return fail('belongs to another question: keep the same filter and order')
  if (typeof id !== 'string' || (value !== null && typeof value !== 'string' && typeof value !== 'number'))
    return fail('is not one of this API')
  return { value, id }
}

function hash(scope: string): string {
  return createHash('sha256').update(scope).digest('base64url').slice(0, 8)
}
