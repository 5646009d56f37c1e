import type { Socket } from 'node:net'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { securityHeaders } from './gate.ts'
import { Problem, problemDocument, toProblem } from './problem.ts'
import { type ProblemCode, statuses } from './statuses.ts'

/** Refusals that are part of normal work under load, and so nothing to log. */
const expected: ReadonlySet<ProblemCode> = new Set([
  'still-processing',
  'view-incomplete',
  'overloaded',
  'shutting-down',
  'closed',
])

/** Answers a problem document for anything thrown, and logs what should not have happened. */
export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const problem = toProblem(error)
  const correlationId = request.caller?.correlationId
  if (problem.status >= 500 && !expected.has(problem.code)) {
    request.log.error(
      { err: problem.cause ?? problem, correlationId, method: request.method, url: request.url },
      problem.message,
    )
  }
  const document = problemDocument(problem)
  const text = JSON.stringify(problem.status >= 500 && correlationId ? { ...document, correlationId } : document)
  // As bytes, because a charset would be added to text, which this media type does not have.
  return reply
    .code(problem.status)
    .headers(problem.headers)
    .header('content-type', 'application/problem+json')
    .send(Buffer.from(text))
}

/** Makes every failure of a server a problem document, whatever throws it. */
export function addFailures(http: FastifyInstance): void {
  http.setErrorHandler((error, request, reply) => {
    takeRest(request, reply)
    return sendProblem(error, request, reply)
  })
  // Reached only when a hook lets it through; the policy hook answers first.
  http.setNotFoundHandler((request, reply) => {
    sendProblem(new Problem('unknown-route', statuses['unknown-route'].title), request, reply)
  })
}

/**
 * Of a request that is answered while its client still sends, the rest is read and dropped: a connection that is closed
 * meanwhile is reset, and the answer is lost with it. The request has its usual time.
 */
function takeRest({ raw }: FastifyRequest, reply: FastifyReply): void {
  if (raw.complete) return
  reply.removeHeader('connection')
  raw.resume()
}

/** Answers what fails before any hook runs: an address that cannot be decoded or is too long. */
export function sendFrameworkProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  reply.headers(securityHeaders)
  sendProblem(error, request, reply)
}

const parserCodes: { readonly [code: string]: ProblemCode } = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request-timeout',
}

/** Answers bytes that are not HTTP, on the bare socket, because there is no request yet. */
export function sendParserProblem(error: Error & { readonly code?: string }, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const code = parserCodes[error.code ?? ''] ?? 'malformed-request'
  const { status, title } = statuses[code]
  const body = JSON.stringify(problemDocument(new Problem(code, title)))
  const lines = [
    `HTTP/1.1 ${status} ${title}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...Object.entries(securityHeaders).map(([name, value]) => `${name}: ${value}`),
    'Connection: close',
  ]
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`)
}
