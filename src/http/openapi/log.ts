import type { JsonSchema } from '../../runtime/catalogue.ts'
import { parameter, problems, success } from './answers.ts'

const text: JsonSchema = { type: 'string' }
const limit = parameter('query', 'limit', { type: 'integer', minimum: 1, maximum: 1_000 }, 'Default 100.')
const backwards = parameter('query', 'backwards', { type: 'boolean' }, 'Newest first.')
const stream = [parameter('path', 'category', text), parameter('path', 'id', text)]
const name = [parameter('path', 'name', text)]

const filter = (field: string): JsonSchema => ({
  ...parameter('query', field, { type: 'array', items: text }, 'May be given several times.'),
  explode: true,
})

/** The paths of streams. */
export function streamPaths(): JsonSchema {
  return {
    '/api/streams/{category}/{id}': {
      get: {
        operationId: 'readStream',
        tags: ['log'],
        summary: 'The events of one stream',
        parameters: [
          ...stream,
          parameter('query', 'from', { type: 'integer', minimum: 1 }, 'First version.'),
          limit,
          backwards,
        ],
        responses: { 200: success('Events in order.', 'StreamEvents'), ...problems(404) },
      },
    },
    '/api/streams/{category}/{id}/state': {
      get: {
        operationId: 'readState',
        tags: ['log'],
        summary: "An aggregate's state now, at a version, or at a time",
        parameters: [
          ...stream,
          parameter('query', 'version', { type: 'integer', minimum: 0 }),
          parameter('query', 'at', { type: 'string', format: 'date-time' }),
        ],
        responses: { 200: success('The state.', 'StreamState', ['ETag']), ...problems(404) },
      },
    },
  }
}

/** The paths of the log. */
export function eventPaths(): JsonSchema {
  const page = success('A page, or a live feed.', 'EventPage')
  const feed = {
    schema: { ...text, description: 'id: the token; event: `event`; data: the event with `previous`, the token before it' },
  }
  return {
    '/api/events': {
      get: {
        operationId: 'readEvents',
        tags: ['log'],
        summary: 'The whole log, by pages or live',
        description: 'With `Accept: text/event-stream` it goes on live; `Last-Event-ID` resumes it without a hole.',
        parameters: [
          parameter(
            'query',
            'after',
            text,
            'A token, or a position that the log has; live also `head`, for what comes from now on.',
          ),
          limit,
          backwards,
          filter('type'),
          filter('tag'),
          filter('category'),
          parameter('header', 'Last-Event-ID', text, 'Live only.'),
        ],
        responses: {
          200: { ...page, content: { ...(page['content'] as JsonSchema), 'text/event-stream': feed } },
          ...problems(406, 409),
        },
      },
    },
    '/api/events/{id}/trace': {
      get: {
        operationId: 'traceEvent',
        tags: ['log'],
        summary: 'The causation tree that an event belongs to',
        description:
          'As far as the 1,000 events of the same correlation on either side of it, 64 causes above it and 256 nodes of depth go; `truncated` says that there may be more.',
        parameters: [parameter('path', 'id', text)],
        responses: { 200: success('The root of the tree.', 'TraceNode'), ...problems(404) },
      },
    },
  }
}

/** The paths of projections. */
export function projectionPaths(): JsonSchema {
  const operation = (operationId: string, summary: string, responses: JsonSchema): JsonSchema => ({
    operationId,
    tags: ['operation'],
    summary,
    responses,
  })
  return {
    '/api/projections': {
      get: operation('listProjections', 'How far every projection is', {
        200: success('All of them.', 'ProjectionList'),
        ...problems(),
      }),
    },
    '/api/projections/{name}': {
      parameters: name,
      get: operation('readProjection', 'How far a projection is', { 200: success('It.', 'Projection'), ...problems(404) }),
    },
    '/api/projections/{name}/rebuild': {
      parameters: name,
      post: operation('rebuildProjection', 'Builds a new generation beside the live one', {
        202: success('It is asked for.', 'Rebuild'),
        ...problems(404, 409),
      }),
      delete: operation('cancelRebuild', 'Ends a running rebuild', { 204: { description: 'It is ended.' }, ...problems(404) }),
    },
  }
}
