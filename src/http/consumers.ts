import type { FastifyRequest } from 'fastify'
import type { AnyApp } from '../runtime/app.ts'
import { bodyFields, numberField, operate, operatorOf, textField } from './operator.ts'
import { keepable, readParameters } from './parameters.ts'
import { invalid } from './problem.ts'
import type { Route } from './route.ts'

const one = '/api/consumers/:kind/:name'

/** `/api/consumers`: reactors and processes, how far they are, and steering them. */
export function consumerRoutes(app: AnyApp): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/consumers',
      policy: operate('list-consumers'),
      answer: async (request) => {
        readParameters(request, [])
        return { consumers: await app.reactions.list() }
      },
    },
    {
      method: 'GET',
      path: one,
      policy: operate('list-consumers'),
      answer: (request) => app.reactions.status(nameOf(request)),
    },
    {
      method: 'POST',
      path: `${one}/pause`,
      policy: operate('pause-consumer'),
      answer: async (request) => {
        const name = nameOf(request)
        const reason = textField('reason', bodyFields(request, ['reason']).reason)
        await app.reactions.pause(name, { ...operatorOf(request), ...(reason === undefined ? {} : { reason }) })
        return app.reactions.status(name)
      },
    },
    {
      method: 'POST',
      path: `${one}/resume`,
      policy: operate('resume-consumer'),
      answer: async (request) => {
        const name = nameOf(request)
        bodyFields(request, [])
        await app.reactions.resume(name, operatorOf(request))
        return app.reactions.status(name)
      },
    },
    {
      method: 'POST',
      path: `${one}/rewind`,
      policy: operate('rewind-consumer'),
      answer: async (request) => {
        const name = nameOf(request)
        const given = bodyFields(request, ['position']).position
        const position = numberField('position', given, 0, Number.MAX_SAFE_INTEGER)
        if (position === undefined) throw invalid('position', 'say to which position')
        await app.reactions.rewind(name, position, operatorOf(request))
        return app.reactions.status(name)
      },
    },
  ]
}

function nameOf(request: FastifyRequest): string {
  readParameters(request, [])
  const { kind, name } = request.params as { kind: string; name: string }
  return keepable('name', `${kind}/${name}`)
}
