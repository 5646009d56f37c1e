import type { FastifyInstance, FastifyRequest } from 'fastify'
import { KhataError } from '../model/error.ts'
import type { AnyApp } from '../runtime/app.ts'
import { principalOf } from '../runtime/principal.ts'
import type { Settings } from './options.ts'
import { invalid, Problem } from './problem.ts'

/** Gives every request a correlation id, the client's own or a new one, and sends it back. */
export function addCorrelation(http: FastifyInstance): void {
  http.decorateRequest('caller', null as never)
  http.addHook('onRequest', async (request, reply) => {
    const given = request.headers['x-correlation-id']
    const usable = typeof given === 'string' && /^[\x21-\x7e]{1,128}$/.test(given)
    const correlationId = usable ? given : request.id
    request.caller = { user: null, correlationId }
    reply.header('x-correlation-id', correlationId)
    if (given !== undefined && !usable) throw invalid('X-Correlation-ID', 'must be 1 to 128 visible ASCII characters')
  })
}

/** Finds out who sent a request. That nobody did is no error yet: the route's policy says so. */
export function addAuthentication(http: FastifyInstance, settings: Settings): void {
  const { authenticate } = settings
  if (!authenticate) return
  http.addHook('onRequest', async (request) => {
    if (request.is404 || request.routeOptions.config.policy === 'public') return
    request.caller = { ...request.caller, user: (await authenticate(request)) ?? null }
  })
}

/**
 * Holds every request against its route's policy before its body is read, and stops the start when a route has none.
 *
 * @throws KhataError `definition`, from whatever registers a route without a policy
 */
export function addPolicies(http: FastifyInstance, app: AnyApp, settings: Settings): void {
  http.addHook('onRoute', ({ method, url, config }) => {
    if (!(config as { policy?: unknown } | undefined)?.policy) {
      throw new KhataError('definition', `The route ${method} ${url} has no policy`, { part: url })
    }
  })
  // After all onRequest hooks, so that the limit on requests also slows down whoever tries log-ins.
  http.addHook('preParsing', async (request) => {
    const { policy } = request.routeOptions.config
    if (request.is404 || policy === undefined || policy === 'public') return
    const { user } = request.caller
    if (user === null && settings.authenticate) throw new KhataError('unauthenticated', 'Log in first', null)
    if (policy !== 'bus') await app.authorize({ ...policy(request), user })
  })
  http.addHook('preParsing', async (request) => {
    if (request.is404) throw new Problem('unknown-route', `There is nothing at ${request.method} ${pathOf(request)}`)
  })
}

function pathOf(request: FastifyRequest): string {
  return request.url.split('?', 1)[0]?.slice(0, 200) ?? ''
}

/** What requests are counted by: the user, or else the address. */
export function callerKey(request: FastifyRequest): string {
  const principal = principalOf(request.caller.user)
  return principal === null ? `address ${request.ip}` : `user ${principal}`
}
