import { findForbiddenText } from '../model/validate.ts'

/**
 * The name by which a store knows a user: its `id`, when that is text, a number or a bigint; null when there is nobody, or
 * nothing that tells this user from others. A team may have widened `User` to anything.
 */
export function principalOf(user: unknown): string | null {
  const { id } = (user ?? {}) as { readonly id?: unknown }
  if (typeof id === 'bigint' || (typeof id === 'number' && Number.isFinite(id))) return String(id)
  return typeof id === 'string' && id !== '' && findForbiddenText(id) === null ? id : null
}
