/**
 * What a browser could be made to do is refused here. A server on localhost can be reached by any web page its user
 * visits: by a form or a fetch, which carry `Origin`, and by a name that is made to point to 127.0.0.1, which then
 * stands in `Host`.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { Settings } from './options.ts'
import { Problem } from './problem.ts'

/** Nothing on this server is meant to be framed, sniffed, cached or to load anything; pages loosen what they need. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'content-security-policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
}

const exposed = 'ETag, Khata-Position, Retry-After, X-Correlation-ID'
const takenHeaders =
  'Authorization, Content-Type, Idempotency-Key, If-Match, Khata-After, Khata-Occurred-At, Khata-Wait, Last-Event-ID, X-Correlation-ID'

/** Adds security headers to every answer and refuses requests for other hosts or from foreign web pages. */
export function addGate(http: FastifyInstance, settings: Settings): void {
  http.addHook('onRequest', async (request, reply) => {
    reply.headers(securityHeaders)
    checkHost(request.headers.host ?? '', settings)
    const origin = request.headers.origin
    if (settings.allowedOrigins.size > 0) reply.header('vary', 'Origin')
    if (origin === undefined) return
    if (settings.allowedOrigins.has(origin)) allow(origin, request, reply)
    else checkSameOrigin(origin, request.headers.host ?? '')
  })
}

function checkHost(host: string, settings: Settings): void {
  if (settings.allowedHosts === null) return
  const lower = host.toLowerCase()
  if (settings.allowedHosts.has(lower) || settings.allowedHosts.has(lower.replace(/:\d{1,5}$/, ''))) return
  throw new Problem('host-not-allowed', 'The Host header names another server; see the option "allowedHosts"')
}

function checkSameOrigin(origin: string, host: string): void {
  // The scheme is not compared: behind a proxy that ends TLS this server does not know its own.
  if (URL.canParse(origin) && new URL(origin).host === host.toLowerCase()) return
  throw new Problem('origin-not-allowed', 'Requests of this web page are not allowed; see the option "allowedOrigins"')
}

function allow(origin: string, request: FastifyRequest, reply: FastifyReply): void {
  reply.headers({
    'access-control-allow-origin': origin,
    'access-control-allow-credentials': 'true',
    'access-control-expose-headers': exposed,
    'cross-origin-resource-policy': 'cross-origin',
  })
  if (request.method !== 'OPTIONS') return
  reply.headers({
    'access-control-allow-methods': 'GET, HEAD, POST, DELETE',
    'access-control-allow-headers': takenHeaders,
    'access-control-max-age': '600',
  })
}
