/**
 * Documents in memory as a read of the store would give them, so that a handler makes the same of both. Most are that
 * already: those are looked through and given back as they are.
 */
import { findLoss } from '../model/check-value.ts'
import { findForbiddenText, isForbiddenText } from '../model/validate.ts'

class Unfit extends Error {}

/** A document without the fields that are undefined, and with 0 for -0; null when a store would not give it back as it is otherwise. */
export function documentAsRead(document: Record<string, unknown>): Record<string, unknown> | null {
  try {
    return fieldsAsRead(document) as Record<string, unknown>
  } catch (error) {
    // What is part of itself has no end.
    if (error instanceof Unfit || error instanceof RangeError) return null
    throw error
  }
}

/** Why there is no document as read. */
export function whyUnfit(document: Record<string, unknown>): string {
  const loss = findLoss(document)
  if (loss !== null) return `${loss.path} is ${loss.found}, which JSON does not carry`
  return `${findForbiddenText(document)}: it holds a null character or half a character`
}

function asRead(value: unknown): unknown {
  switch (typeof value) {
    case 'string':
      if (isForbiddenText(value)) throw new Unfit()
      return value
    case 'number':
      if (!Number.isFinite(value)) throw new Unfit()
      // Plain arithmetic gives -0, which JSON writes as 0.
      return value === 0 ? 0 : value
    case 'boolean':
      return value
    case 'object':
      if (value === null) return null
      return Array.isArray(value) ? itemsAsRead(value) : fieldsAsRead(value as Record<string, unknown>)
    default:
      throw new Unfit()
  }
}

function itemsAsRead(list: readonly unknown[]): readonly unknown[] {
  let copy: unknown[] | null = null
  for (let index = 0; index < list.length; index++) {
    const item = asRead(list[index])
    if (Object.is(item, list[index])) continue
    copy ??= [...list]
    copy[index] = item
  }
  return copy ?? list
}

function fieldsAsRead(object: Record<string, unknown>): object {
  const prototype = Object.getPrototypeOf(object)
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null) throw new Unfit()
  const keys = Object.keys(object)
  /** From the first field on that is not as it would be read. */
  let copied: [string, unknown][] | null = prototype === null ? [] : null
  for (let index = 0; index < keys.length; index++) {
    const key = keys[index] as string
    if (isForbiddenText(key)) throw new Unfit()
    const value = object[key]
    const field = value === undefined ? undefined : asRead(value)
    if (!copied && (field === undefined || !Object.is(field, value)))
      copied = keys.slice(0, index).map((name) => [name, object[name]])
    if (copied && field !== undefined) copied.push([key, field])
  }
  return copied ? Object.fromEntries(copied) : object
}
