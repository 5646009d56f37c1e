/** The words that schemas of answers are made of. */
import type { JsonSchema } from '../../runtime/catalogue.ts'

/** Text. */
export const text: JsonSchema = { type: 'string' }
/** Text, or null. */
export const optionalText: JsonSchema = { type: ['string', 'null'] }
/** A whole number, 0 or more. */
export const count: JsonSchema = { type: 'integer', minimum: 0 }
/** A time as ISO 8601 in UTC. */
export const time: JsonSchema = { type: 'string', format: 'date-time' }
/** A time, or null. */
export const optionalTime: JsonSchema = { type: ['string', 'null'], format: 'date-time' }

/** An object with these properties, all required but those named. */
export function record(properties: JsonSchema, optional: readonly string[] = [], description?: string): JsonSchema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name))
  return { type: 'object', properties, required, ...(description ? { description } : {}) }
}

/** A list of these. */
export function list(items: JsonSchema): JsonSchema {
  return { type: 'array', items }
}
