import type { FastifyRequest } from 'fastify'
import type { AnyApp } from '../runtime/app.ts'
import { operate } from './operator.ts'
import { keepable, readParameters } from './parameters.ts'
import type { Route } from './route.ts'

/** `/api/projections`: how far views are, and their rebuilds. */
export function projectionRoutes(app: AnyApp): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/projections',
      policy: operate('list-projections'),
      answer: async (request) => {
        readParameters(request, [])
        return { projections: await app.projections.list() }
      },
    },
    {
      method: 'GET',
      path: '/api/projections/:name',
      policy: operate('list-projections'),
      answer: (request) => app.projections.status(nameOf(request)),
    },
    {
      method: 'POST',
      path: '/api/projections/:name/rebuild',
      policy: operate('rebuild-projection'),
      answer: async (request, reply) => {
        const name = nameOf(request)
        const rebuild = await app.projections.rebuild(name)
        reply.code(202).header('location', `/api/projections/${encodeURIComponent(name)}`)
        return rebuild
      },
    },
    {
      method: 'DELETE',
      path: '/api/projections/:name/rebuild',
      policy: operate('cancel-rebuild'),
      answer: async (request, reply) => {
        await app.projections.cancelRebuild(nameOf(request))
        return reply.code(204).send()
      },
    },
  ]
}

function nameOf(request: FastifyRequest): string {
  readParameters(request, [])
  return keepable('name', (request.params as { name: string }).name)
}
