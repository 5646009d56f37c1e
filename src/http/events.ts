import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnyApp, EventFilter } from '../runtime/app.ts'
import { preferred } from './accept.ts'
import { header, underName } from './command-headers.ts'
import { type Feeds, openFeed } from './feed.ts'
import { flag, keepable, type Parameters, readParameters, single, wholeNumber } from './parameters.ts'
import { invalid, Problem } from './problem.ts'
import type { Route } from './route.ts'

const filters = ['type', 'tag', 'category']

/** `GET /api/events`: the log by pages or live, and causation trees. */
export function eventRoutes(app: AnyApp, feeds: Feeds): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/events',
      policy: (request) => ({ kind: 'events', name: 'read', input: filterOf(readParameters(request)) }),
      answer: (request, reply) => {
        const wanted = preferred(header(request, 'accept'), ['application/json', 'text/event-stream'])
        reply.header('vary', 'Accept, Origin')
        if (wanted === null) throw new Problem('not-acceptable', 'Events are given as application/json or text/event-stream')
        return wanted === 'application/json' ? page(app, request) : live(app, feeds, request, reply)
      },
    },
    {
      method: 'GET',
      path: '/api/events/:id/trace',
      policy: (request) => ({ kind: 'events', name: 'trace', input: request.params }),
      answer: (request) => {
        readParameters(request, [])
        return app.events.trace(keepable('id', (request.params as { id: string }).id))
      },
    },
  ]
}

function page(app: AnyApp, request: FastifyRequest): Promise<unknown> {
  const parameters = readParameters(request, ['after', 'limit', 'backwards', ...filters])
  const after = single(parameters, 'after')
  if (after === 'head') throw invalid('after', 'is `head`, which is for the live feed: send `Accept: text/event-stream`')
  const limit = wholeNumber(parameters, 'limit', 1, 1_000) ?? 100
  const backwards = flag(parameters, 'backwards') ?? false
  return app.events.read({ ...filterOf(parameters), limit, backwards, ...(after === undefined ? {} : { after }) })
}

async function live(app: AnyApp, feeds: Feeds, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const parameters = readParameters(request, ['after', ...filters])
  // A browser that reconnects asks for the first address again: where it really was is in the header.
  const last = header(request, 'last-event-id') || undefined
  const asked = last ?? single(parameters, 'after')
  const after = asked === 'head' ? (await app.events.head()).token : asked
  const filter = filterOf(parameters)
  // An answer can still be a problem document here; once the feed runs, it cannot.
  const first = app.events.read({ ...filter, limit: 1, ...(after === undefined ? {} : { after }) })
  await (last === undefined ? first : underName('Last-Event-ID', first))
  await openFeed(app, feeds, request, reply, { ...filter, ...(after === undefined ? {} : { after }) })
  return reply
}

function filterOf(parameters: Parameters): EventFilter {
  const types = valuesOf(parameters, 'type')
  const tags = valuesOf(parameters, 'tag')
  const categories = valuesOf(parameters, 'category')
  return { ...(types ? { types } : {}), ...(tags ? { tags } : {}), ...(categories ? { categories } : {}) }
}

function valuesOf(parameters: Parameters, name: string): readonly string[] | undefined {
  const values = parameters.get(name)
  if (values?.includes('')) throw invalid(name, 'must not be empty')
  return values
}
