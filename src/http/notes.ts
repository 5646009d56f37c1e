import type { AnyApp } from '../runtime/app.ts'
import { operate } from './operator.ts'
import { readParameters, wholeNumber } from './parameters.ts'
import { invalid } from './problem.ts'
import type { Route } from './route.ts'

/** `GET /api/notes`: what happened in the handling of events, and who did what; of some events in order, or the newest of all. */
export function noteRoutes(app: AnyApp): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/notes',
      policy: operate('list-notes'),
      answer: async (request) => {
        const parameters = readParameters(request, ['event', 'kind', 'limit'])
        const eventIds = parameters.get('event')
        const kinds = parameters.get('kind')
        for (const [name, values] of parameters) if (values.includes('')) throw invalid(name, 'must not be empty')
        const limit = wholeNumber(parameters, 'limit', 1, 1_000) ?? 100
        const notes = await app.reactions.notes({ limit, ...(eventIds ? { eventIds } : {}), ...(kinds ? { kinds } : {}) })
        return { notes }
      },
    },
  ]
}
