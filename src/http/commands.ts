import type { FastifyRequest } from 'fastify'
import type { AnyApp, Outcome } from '../runtime/app.ts'
import { sendOptionsOf } from './command-headers.ts'
import type { CommandOutcome, Metrics } from './metrics.ts'
import { keepable } from './parameters.ts'
import { invalid, Problem, rejectedProblem, toProblem } from './problem.ts'
import type { Route } from './route.ts'

/** `POST /api/commands/{name}`: the input as body, a receipt as answer. */
export function commandRoutes(app: AnyApp, metrics: Metrics): readonly Route[] {
  // What guards a boundary is a query: the version of the stream that its events go to says nothing about it.
  const { commands } = app.catalogue
  const unversioned = new Set(commands.filter(({ ownerKind }) => ownerKind === 'boundary').map(({ name }) => name))
  return [
    {
      method: 'POST',
      path: '/api/commands/:name',
      policy: 'bus',
      answer: async (request, reply) => {
        const name = keepable('name', (request.params as { name: string }).name)
        const finish = metrics.startCommand(name)
        try {
          if (unversioned.has(name) && request.headers['if-match'] !== undefined) {
            throw invalid('If-Match', `is of a stream, and ${name} is decided on a boundary, which has no version`)
          }
          const outcome = await send(app, name, request)
          finish(labelOf(outcome))
          if (outcome.rejected !== undefined) throw rejectedProblem(name, outcome.rejected, outcome.detail)
          if (!unversioned.has(name)) reply.header('etag', `"${outcome.version}"`)
          return reply.header('khata-position', outcome.token).send(outcome)
        } catch (error) {
          finish(labelOfFailure(error))
          throw error
        }
      },
    },
  ]
}

function send(app: AnyApp, name: string, request: FastifyRequest): Promise<Outcome<string>> {
  // Without a body the HTTP server asks for no media type; a web page could send such a request without asking first.
  if (request.body === undefined) throw new Problem('unsupported-media-type', 'Send the input as application/json')
  return app.attempt(name, request.body, sendOptionsOf(request))
}

function labelOf(outcome: Outcome<string>): CommandOutcome {
  if (outcome.rejected !== undefined) return 'rejected'
  return outcome.repeated ? 'repeated' : 'accepted'
}

function labelOfFailure(error: unknown): CommandOutcome {
  const { code, status } = toProblem(error)
  if (code === 'conflict' || code === 'precondition-failed') return 'conflict'
  if (status === 503) return 'unavailable'
  return status < 500 ? 'refused' : 'failed'
}
