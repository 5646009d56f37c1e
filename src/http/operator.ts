/** What routes for operators have in common: who asks, and a small body that may be left out. */
import type { FastifyRequest } from 'fastify'
import type { Operator } from '../runtime/app.ts'
import { principalOf } from '../runtime/principal.ts'
import { invalid, invalidFields } from './problem.ts'
import type { RoutePolicy } from './route.ts'

/** The policy of an operator's action: the app's own is asked about it by name. */
export function operate(name: string): RoutePolicy {
  return (request) => ({ kind: 'operate', name, input: request.params })
}

/** Who asks, for the note that is left. */
export function operatorOf(request: FastifyRequest): Operator {
  const principal = principalOf(request.caller.user)
  return principal === null ? {} : { by: principal }
}

/**
 * The fields of a request's body; none when there is no body.
 * @throws Problem `validation` when it is no object, or has a field that is not among the names
 */
export function bodyFields<Name extends string>(
  request: FastifyRequest,
  names: readonly Name[],
): { readonly [N in Name]?: unknown } {
  const { body } = request
  if (body === undefined || body === null) return {}
  if (typeof body !== 'object' || Array.isArray(body)) throw invalid('', 'must be an object')
  const unknown = Object.keys(body).filter((name) => !names.includes(name as Name))
  if (unknown.length > 0) {
    const known = names.length === 0 ? 'there are none' : `known are ${names.join(', ')}`
    throw invalidFields(unknown.map((path) => ({ path, message: `unknown field; ${known}` })))
  }
  return body as { readonly [N in Name]?: unknown }
}

/**
 * A field as text, undefined when it was left out.
 * @throws Problem `validation`
 */
export function textField(name: string, value: unknown, longest = 1_000): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string' && value.length <= longest) return value
  throw invalid(name, `must be a text of at most ${longest} characters`)
}

/**
 * A field as a whole number within limits, undefined when it was left out.
 * @throws Problem `validation`
 */
export function numberField(name: string, value: unknown, least: number, most: number): number | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw invalid(name, `must be a whole number from ${least} to ${most}`)
}
