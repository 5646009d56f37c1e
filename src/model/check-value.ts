/** Something in a value that JSON does not carry. */
export interface Loss {
  /** Joined by dots; empty for the whole. */
  readonly path: string
  /** What is there, to follow "is": `a Date`. */
  readonly found: string
}

/**
 * The first thing in a value that JSON would lose or change, or null: dates, maps, class instances, functions, big
 * integers, numbers that are not finite, undefined in lists. A field that is undefined passes: it reads back as
 * undefined.
 */
export function findLoss(value: unknown): Loss | null {
  return lossIn(value, [], new Set())
}

function lossIn(value: unknown, path: readonly string[], above: Set<object>): Loss | null {
  const found = lossOf(value)
  if (found !== null) return { path: path.join('.'), found }
  if (typeof value !== 'object' || value === null) return null
  if (above.has(value)) return { path: path.join('.'), found: 'part of itself' }
  above.add(value)
  for (const [key, inner] of Array.isArray(value) ? value.entries() : Object.entries(value)) {
    if (inner === undefined && !Array.isArray(value)) continue
    const loss = lossIn(inner, [...path, String(key)], above)
    if (loss !== null) return loss
  }
  above.delete(value)
  return null
}

function lossOf(value: unknown): string | null {
  switch (typeof value) {
    case 'undefined':
      return 'undefined'
    case 'bigint':
    case 'function':
    case 'symbol':
      return `a ${typeof value}`
    case 'number':
      return Number.isFinite(value) ? null : String(value)
    case 'object':
      return value === null || Array.isArray(value) ? null : lossOfObject(value)
    default:
      return null
  }
}

function lossOfObject(value: object): string | null {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || Object.getPrototypeOf(prototype) === null) return null
  const name = prototype.constructor?.name
  return name ? `a ${name}` : 'an instance of a class'
}
