import { isUtf8 } from 'node:buffer'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { invalid, Problem } from './problem.ts'

const depthLimit = 32
const keyLimit = 1_000

/** Takes bodies of `application/json` in plain UTF-8, and no others. */
export function addJsonBodies(http: FastifyInstance): void {
  http.addContentTypeParser('application/json', { parseAs: 'buffer' }, async (request: FastifyRequest, body: Buffer) => {
    const charset = /;\s*charset="?([^";]*)"?/i.exec(request.headers['content-type'] ?? '')?.[1]
    if (charset !== undefined && charset.trim().toLowerCase() !== 'utf-8') {
      throw new Problem('unsupported-media-type', 'JSON is taken as UTF-8 only')
    }
    const encoding = request.headers['content-encoding'] ?? 'identity'
    if (encoding.toLowerCase() !== 'identity') throw new Problem('unsupported-media-type', 'Compressed bodies are not taken')
    return readJson(body)
  })
}

/**
 * Reads a body as JSON that can be stored and given back unchanged: what `JSON.parse` would alter in silence, or what
 * would poison an object later, is refused here, so that no schema has to think of it.
 *
 * @throws Problem `malformed-request` when it is not JSON, `validation` when it holds something that cannot be kept
 */
export function readJson(body: Buffer): unknown {
  if (!isUtf8(body)) throw new Problem('malformed-request', 'The body is not UTF-8')
  const text = body.toString('utf8')
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Problem('malformed-request', 'The body is not JSON')
  }
  const found = flaw(value, 0)
  if (found) throw invalid(found.at.reverse().join('.').slice(0, 200), found.message)
  const altered = hasLargeInteger(value) ? alteredInteger(text) : null
  if (altered) {
    const message = 'is a whole number that a JSON number cannot carry exactly: send it as a text'
    throw invalid(altered.join('.').slice(0, 200), message)
  }
  return value
}

/** What is wrong with a value; `at` is where inside of it, innermost first, so that sound values cost no path. */
interface Flaw {
  readonly at: string[]
  readonly message: string
}

function flaw(value: unknown, depth: number): Flaw | null {
  if (typeof value === 'string') return flawOfText(value)
  if (typeof value === 'number') return Number.isFinite(value) ? null : flawed('is too large a number')
  if (typeof value !== 'object' || value === null) return null
  if (depth >= depthLimit) return flawed(`is nested more than ${depthLimit} deep`)
  return Array.isArray(value) ? flawOfItems(value, depth) : flawOfFields(value as Record<string, unknown>, depth)
}

function flawOfText(text: string): Flaw | null {
  if (!text.isWellFormed()) return flawed('holds half of a surrogate pair')
  return text.includes('\0') ? flawed('holds the character U+0000') : null
}

function flawOfItems(items: readonly unknown[], depth: number): Flaw | null {
  for (let index = 0; index < items.length; index++) {
    const found = flaw(items[index], depth + 1)
    if (found) return inside(found, String(index))
  }
  return null
}

function flawOfFields(object: Record<string, unknown>, depth: number): Flaw | null {
  const keys = Object.keys(object)
  if (keys.length > keyLimit) return flawed(`has more than ${keyLimit} fields`)
  for (const key of keys) {
    if (key === '__proto__' || (key === 'constructor' && isPoison(object[key]))) {
      return flawed(`has a field "${key}", which is not allowed`)
    }
    const found = flawOfText(key) ?? flaw(object[key], depth + 1)
    if (found) return inside(found, key)
  }
  return null
}

function flawed(message: string): Flaw {
  return { at: [], message }
}

function inside(found: Flaw, step: string): Flaw {
  found.at.push(step.isWellFormed() ? step : '?')
  return found
}

function isPoison(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype')
}

function hasLargeInteger(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value)
  if (typeof value !== 'object' || value === null) return false
  return Object.values(value).some(hasLargeInteger)
}

/**
 * Where a number is that is not as it was written; null when all are. Reads the text again with the digits of each number
 * at hand; slow, and so only where it can matter.
 */
function alteredInteger(text: string): readonly string[] | null {
  const altered: { readonly holder: object; readonly key: string }[] = []
  function look(this: object, key: string, value: unknown, context: { readonly source?: string }): unknown {
    if (typeof value === 'number' && context.source !== undefined && /^-?\d+$/.test(context.source)) {
      // Other programs write large numbers with the fewest digits that lead back to them: those are what was meant, too.
      if (BigInt(context.source) !== BigInt(value) && context.source !== String(value)) altered.push({ holder: this, key })
    }
    return value
  }
  const whole: unknown = JSON.parse(text, look as (key: string, value: unknown) => unknown)
  const [first] = altered
  if (!first) return null
  const way = wayTo(whole, first.holder)
  return way ? [...way, first.key] : []
}

function wayTo(value: unknown, wanted: object): readonly string[] | null {
  if (value === wanted) return []
  if (typeof value !== 'object' || value === null) return null
  for (const [key, inner] of Object.entries(value)) {
    const way = wayTo(inner, wanted)
    if (way) return [key, ...way]
  }
  return null
}
