import type { JsonSchema } from '../../runtime/catalogue.ts'
import { reference } from './schema-reference.ts'

/** A description of success. */
export function success(description: string, component: string | JsonSchema, headers: readonly Header[] = []): JsonSchema {
  const schema = typeof component === 'string' ? reference(component) : component
  return {
    description,
    content: { 'application/json': { schema } },
    ...(headers.length > 0 ? { headers: Object.fromEntries(headers.map((name) => [name, answerHeaders[name]])) } : {}),
  }
}

type Header = keyof typeof answerHeaders

const answerHeaders = {
  ETag: { description: 'The version in quotes.', schema: { type: 'string' } },
  'Khata-Position': { description: 'The token of how new this is.', schema: { type: 'string' } },
} as const

const problemTexts = {
  400: 'Not valid; `errors` names each wrong field.',
  401: 'Nobody is logged in.',
  403: 'Not allowed.',
  404: 'There is no such thing.',
  406: 'No acceptable format.',
  409: 'The present state of the store stands against it; `code` says how.',
  412: 'The stream is not at the version of `If-Match`.',
  413: 'The body is too large.',
  415: 'The body is not application/json.',
  422: 'A business rule said no, or the idempotency key was used for another input.',
  429: 'Too many requests.',
  500: 'Something failed that should not have.',
  503: 'Not now; `Retry-After` says when.',
} as const

/** Problem answers by status; those that every route may give are added. */
export function problems(...statuses: readonly (keyof typeof problemTexts)[]): JsonSchema {
  const all = [...new Set([400, 401, 403, ...statuses, 429, 500, 503] as const)].sort()
  return Object.fromEntries(all.map((status) => [String(status), problem(problemTexts[status])]))
}

/** A problem answer; of more than the plain schema when one is given. */
export function problem(description: string, schema: JsonSchema = reference('Problem')): JsonSchema {
  return { description, content: { 'application/problem+json': { schema } } }
}

/** A parameter of an operation. */
export function parameter(
  place: 'query' | 'path' | 'header',
  name: string,
  schema: JsonSchema,
  description?: string,
  required = place === 'path',
): JsonSchema {
  return { name, in: place, required, schema, ...(description ? { description } : {}) }
}

/** A summary, which is plain text, of a part's description, which marks names as Markdown does. */
export function summaryOf(description: string | null): string | null {
  return description === null ? null : description.replaceAll('`', '')
}
