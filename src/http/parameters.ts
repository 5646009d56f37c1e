import type { FastifyRequest } from 'fastify'
import { momentFrom } from '../model/timestamp.ts'
import { invalid } from './problem.ts'

const countLimit = 100

/** The query part of an address: each name with its values in order. */
export type Parameters = ReadonlyMap<string, readonly string[]>

/**
 * Reads the query part of a request's address, strictly: broken percent-encoding and texts that no store can hold are
 * refused rather than repaired.
 *
 * @param allowed the names that may occur; any when left out
 * @throws Problem `validation`
 */
export function readParameters(request: FastifyRequest, allowed?: readonly string[]): Parameters {
  const address = request.raw.url ?? ''
  const start = address.indexOf('?')
  const parameters = new Map<string, string[]>()
  if (start < 0) return parameters
  const pairs = address
    .slice(start + 1)
    .split('&')
    .filter((pair) => pair !== '')
  if (pairs.length > countLimit) throw invalid('', `more than ${countLimit} parameters`)
  for (const pair of pairs) {
    const [name, value] = decodePair(pair)
    if (allowed && !allowed.includes(name)) throw invalid(name, `unknown parameter; known are ${allowed.join(', ')}`)
    const values = parameters.get(name)
    if (values) values.push(value)
    else parameters.set(name, [value])
  }
  return parameters
}

function decodePair(pair: string): [string, string] {
  const equals = pair.indexOf('=')
  const [name, value] = equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)]
  return [decodeText(name, name), decodeText(name, value)]
}

function decodeText(name: string, text: string): string {
  try {
    return keepable(name, decodeURIComponent(text.replaceAll('+', ' ')))
  } catch (error) {
    if (error instanceof URIError) throw invalid(name, 'broken percent-encoding')
    throw error
  }
}

/**
 * The text itself when a store can hold it.
 * @throws Problem `validation`
 */
export function keepable(name: string, text: string): string {
  if (text.includes('\0') || !text.isWellFormed()) throw invalid(name, 'holds a character that cannot be kept')
  return text
}

/**
 * The single value of a parameter.
 * @throws Problem `validation` when it is given twice
 */
export function single(parameters: Parameters, name: string): string | undefined {
  const values = parameters.get(name)
  if (values && values.length > 1) throw invalid(name, 'given more than once')
  return values?.[0]
}

/**
 * A parameter as a whole number within limits.
 * @throws Problem `validation`
 */
export function wholeNumber(parameters: Parameters, name: string, least: number, most: number): number | undefined {
  const text = single(parameters, name)
  return text === undefined ? undefined : wholeNumberOf(name, text, least, most)
}

/**
 * A text as a whole number within limits; `name` says where it came from.
 * @throws Problem `validation`
 */
export function wholeNumberOf(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw invalid(name, `must be a whole number from ${least} to ${most}`)
}

/**
 * A parameter as yes or no; given without a value it means yes.
 * @throws Problem `validation`
 */
export function flag(parameters: Parameters, name: string): boolean | undefined {
  const text = single(parameters, name)
  if (text === undefined) return undefined
  if (text === '' || text === 'true') return true
  if (text === 'false') return false
  throw invalid(name, 'must be true or false')
}

/**
 * A text as a moment: ISO 8601 with a zone, or a date alone, which means its first moment in UTC.
 * @throws Problem `validation`
 */
export function momentOf(name: string, text: string): Date {
  const moment = momentFrom(text)
  if (!moment) throw invalid(name, 'must be a time such as 2026-01-05T09:30:00Z')
  return new Date(moment.ms)
}
