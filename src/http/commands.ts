import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnyApp, Outcome, Receipt } from '../runtime/app.ts'
import { sendOptionsOf } from './command-headers.ts'
import type { CommandOutcome, Metrics } from './metrics.ts'
import { keepable } from './parameters.ts'
import { Problem, rejectedProblem, toProblem } from './problem.ts'
import type { Route } from './route.ts'

/** `POST /api/commands/{name}`: the input as body, a receipt as answer. */
export function commandRoutes(app: AnyApp, metrics: Metrics): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/api/commands/:name',
      policy: 'bus',
      answer: async (request, reply) => {
        const name = keepable('name', (request.params as { name: string }).name)
        const finish = metrics.startCommand(name)
        try {
          const outcome = await send(app, name, request)
          finish(labelOf(outcome))
          if (outcome.rejected !== undefined) throw rejectedProblem(name, outcome.rejected, outcome.detail)
          return sendReceipt(outcome, reply)
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

function sendReceipt(receipt: Receipt, reply: FastifyReply): FastifyReply {
  return reply.header('etag', `"${receipt.version}"`).header('khata-position', receipt.token).send(receipt)
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
