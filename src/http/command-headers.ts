import type { FastifyRequest } from 'fastify'
import { isKhataError } from '../model/error.ts'
import type { SendOptions } from '../runtime/app.ts'
import { momentOf, wholeNumberOf } from './parameters.ts'
import { invalid } from './problem.ts'

const latestVersion = Number.MAX_SAFE_INTEGER

/**
 * How a command is to be sent, from the headers of its request.
 * @throws Problem `validation`
 */
export function sendOptionsOf(request: FastifyRequest): SendOptions {
  const { user, correlationId } = request.caller
  const key = idempotencyKey(request)
  const version = expectedVersion(request)
  const occurredAt = header(request, 'khata-occurred-at')
  return {
    user,
    correlationId,
    ...(key === undefined ? {} : { idempotencyKey: key }),
    ...(version === undefined ? {} : { expectedVersion: version }),
    ...(occurredAt === undefined ? {} : { occurredAt: momentOf('Khata-Occurred-At', occurredAt) }),
  }
}

/** A header's text; of one that came twice, what the HTTP server joined it to. */
export function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value.join(', ') : value
}

/** Waits for what a header's token was given to: what is wrong with the token is told under the header's name. */
export async function underName<T>(name: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    const wrong = isKhataError(error, 'validation') ? error.detail?.errors.find(({ path }) => path === 'after') : undefined
    throw wrong ? invalid(name, wrong.message) : error
  }
}

function idempotencyKey(request: FastifyRequest): string | undefined {
  const key = header(request, 'idempotency-key')
  if (key !== undefined && !/^[\x20-\x7e]{1,256}$/.test(key)) {
    throw invalid('Idempotency-Key', 'must be 1 to 256 printable ASCII characters')
  }
  return key
}

/** Only one strong tag: a weak one cannot promise anything about a stream, and `*` says nothing about its version. */
function expectedVersion(request: FastifyRequest): number | undefined {
  const tag = header(request, 'if-match')
  if (tag === undefined) return undefined
  const digits = /^"(\d{1,16})"$/.exec(tag.trim())?.[1]
  if (digits === undefined) throw invalid('If-Match', 'must be one version in quotes, such as "5"')
  return wholeNumberOf('If-Match', digits, 0, latestVersion)
}
