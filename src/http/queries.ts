import type { FastifyRequest } from 'fastify'
import type { Freshness } from '../model/query.ts'
import type { AnyApp } from '../runtime/app.ts'
import { header, underName } from './command-headers.ts'
import { keepable, readParameters, single, wholeNumberOf } from './parameters.ts'
import { Problem } from './problem.ts'
import type { Route } from './route.ts'

const longestWaitMs = 60_000

/** `GET /api/queries/{name}`: a query or a view, as new as `Khata-After` asks for. */
export function queryRoutes(app: AnyApp): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/queries/:name',
      policy: 'bus',
      answer: async (request, reply) => {
        const name = keepable('name', (request.params as { name: string }).name)
        const parameters = singleValues(request)
        const asked = app.ask(name, parameters, { ...freshnessOf(request), user: request.caller.user })
        const { data, next, token } = await (parameters['after'] === undefined ? underName('Khata-After', asked) : asked)
        reply.header('khata-position', token)
        if (data === null && parameters['id'] !== undefined) {
          throw new Problem('unknown-document', `${name} has no document with this id`)
        }
        return { data, ...(next === undefined ? {} : { next }) }
      },
    },
  ]
}

function singleValues(request: FastifyRequest): Readonly<Record<string, string>> {
  const parameters = readParameters(request)
  const values: Record<string, string> = Object.create(null)
  for (const name of parameters.keys()) values[name] = single(parameters, name) ?? ''
  return values
}

function freshnessOf(request: FastifyRequest): Freshness {
  const after = header(request, 'khata-after')
  const wait = header(request, 'khata-wait')
  return {
    ...(after === undefined ? {} : { after }),
    ...(wait === undefined ? {} : { waitMs: wholeNumberOf('Khata-Wait', wait, 0, longestWaitMs) }),
  }
}
