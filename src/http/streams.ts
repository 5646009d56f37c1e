import type { FastifyRequest } from 'fastify'
import { KhataError } from '../model/error.ts'
import type { AnyApp, MomentOptions } from '../runtime/app.ts'
import { flag, keepable, momentOf, type Parameters, readParameters, single, wholeNumber } from './parameters.ts'
import { invalid } from './problem.ts'
import type { Route, RoutePolicy } from './route.ts'

const largest = Number.MAX_SAFE_INTEGER

/** `GET /api/streams/{category}/{id}`: the events of one stream, and its state now or at a moment. */
export function streamRoutes(app: AnyApp): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/streams/:category/:id',
      policy: readStream,
      answer: async (request) => {
        const { category, id } = streamOf(request)
        const parameters = readParameters(request, ['from', 'limit', 'backwards'])
        const from = wholeNumber(parameters, 'from', 1, largest)
        const limit = wholeNumber(parameters, 'limit', 1, 1_000) ?? 100
        const backwards = flag(parameters, 'backwards') ?? false
        const events = await app.events.stream(category, id, { limit, backwards, ...(from === undefined ? {} : { from }) })
        if (events.length === 0 && (from ?? 1) === 1) throw unknownStream(category, id)
        return { events, next: nextVersion(events.at(-1)?.version, events.length === limit, backwards) }
      },
    },
    {
      method: 'GET',
      path: '/api/streams/:category/:id/state',
      policy: readStream,
      answer: async (request, reply) => {
        const { category, id } = streamOf(request)
        const moment = momentOfState(readParameters(request, ['version', 'at']))
        const { state, version, at } = await app.loadByName(category, id, moment)
        // Before a stream began, its state is the initial one; that a stream never began is a mistake in the address.
        if (version === 0 && Object.keys(moment).length === 0) throw unknownStream(category, id)
        reply.header('etag', `"${version}"`)
        return { state, version, at }
      },
    },
  ]
}

const readStream: RoutePolicy = (request) => {
  const { category, id } = streamOf(request)
  return { kind: 'stream', name: 'read', stream: `${category}/${id}` }
}

function streamOf(request: FastifyRequest): { readonly category: string; readonly id: string } {
  const { category, id } = request.params as { category: string; id: string }
  return { category: keepable('category', category), id: keepable('id', id) }
}

function momentOfState(parameters: Parameters): MomentOptions {
  const version = wholeNumber(parameters, 'version', 0, largest)
  const at = single(parameters, 'at')
  if (version !== undefined && at !== undefined) throw invalid('at', 'cannot be given together with version')
  return { ...(version === undefined ? {} : { version }), ...(at === undefined ? {} : { at: momentOf('at', at) }) }
}

/** Where the next page begins; null when this was the last. */
function nextVersion(last: number | undefined, full: boolean, backwards: boolean): number | null {
  if (last === undefined || !full || (backwards && last === 1)) return null
  return backwards ? last - 1 : last + 1
}

function unknownStream(category: string, id: string): KhataError<'unknown-stream'> {
  return new KhataError('unknown-stream', `There is no stream ${category}/${id}`, { category, id })
}
