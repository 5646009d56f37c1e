import type { JsonSchema } from '../../runtime/catalogue.ts'
import { parameter, problems, success } from './answers.ts'

const text: JsonSchema = { type: 'string' }
const kind = parameter('path', 'kind', { enum: ['reactor', 'process'] })
const name = parameter('path', 'name', text)
const id = parameter('path', 'id', text)
const limit = parameter('query', 'limit', { type: 'integer', minimum: 1, maximum: 1_000 }, 'Default 100.')

const several = (field: string, description: string): JsonSchema => ({
  ...parameter('query', field, { type: 'array', items: text }, description),
  explode: true,
})

function operation(
  operationId: string,
  summary: string,
  responses: JsonSchema,
  given: { readonly parameters?: readonly JsonSchema[]; readonly body?: JsonSchema; readonly required?: boolean } = {},
): JsonSchema {
  const { parameters, body, required = false } = given
  return {
    operationId,
    tags: ['operation'],
    summary,
    ...(parameters ? { parameters } : {}),
    ...(body ? { requestBody: { required, content: { 'application/json': { schema: body } } } } : {}),
    responses,
  }
}

function fields(properties: JsonSchema, required: readonly string[] = []): JsonSchema {
  return { type: 'object', properties, required, additionalProperties: false }
}

const reason: JsonSchema = { ...text, maxLength: 1_000 }
const corrected = fields({ data: { description: "Instead of the event's data: reactors only; checked against its schema." } })

/** The paths of reactors and processes. */
export function consumerPaths(): JsonSchema {
  const parameters = [kind, name]
  const status = { 200: success('It.', 'Consumer'), ...problems(404) }
  const steered = { 200: success('How it is now.', 'Consumer'), ...problems(404, 413, 415) }
  return {
    '/api/consumers': {
      get: operation('listConsumers', 'How far every reactor and process is', {
        200: success('All of them.', 'ConsumerList'),
        ...problems(),
      }),
    },
    '/api/consumers/{kind}/{name}': {
      parameters,
      get: operation('readConsumer', 'How far a reactor or process is', status),
    },
    '/api/consumers/{kind}/{name}/pause': {
      parameters,
      post: operation('pauseConsumer', 'Begins nothing more until it is resumed', steered, { body: fields({ reason }) }),
    },
    '/api/consumers/{kind}/{name}/resume': {
      parameters,
      post: operation('resumeConsumer', 'Goes on where it was paused or stopped', steered, { body: fields({}) }),
    },
    '/api/consumers/{kind}/{name}/rewind': {
      parameters,
      post: operation(
        'rewindConsumer',
        'Sets a paused one to another position: effects are repeated, commands still take effect once',
        steered,
        { body: fields({ position: { type: 'integer', minimum: 0 } }, ['position']), required: true },
      ),
    },
  }
}

/** The paths of dead letters and notes. */
export function deadLetterPaths(): JsonSchema {
  const group = fields({
    consumer: { ...text, maxLength: 1_000 },
    lane: { ...text, maxLength: 1_000 },
    error: { ...text, maxLength: 1_000, description: 'Those with exactly this error.' },
    perSecond: { type: 'integer', minimum: 1, maximum: 1_000, description: 'Default 50.' },
  })
  return {
    '/api/dead-letters': {
      get: operation(
        'listDeadLetters',
        'Events that could not be handled, oldest first',
        { 200: success('A page.', 'DeadLetterPage'), ...problems(404) },
        {
          parameters: [
            parameter('query', 'consumer', text, '`reactor/name`, `process/name` or `view/generation`.'),
            parameter('query', 'lane', text),
            parameter('query', 'state', { enum: ['parked', 'retrying', 'discarding'] }),
            parameter('query', 'after', text, 'The `next` of the page before.'),
            limit,
          ],
        },
      ),
    },
    '/api/dead-letters/retry': {
      get: operation('readGroupRetry', 'How far the last retry of a group is that this server began', {
        200: success('It.', 'GroupRetry'),
        ...problems(),
      }),
      post: operation(
        'retryDeadLetters',
        'Retries parked dead letters one after the other, at a limited rate',
        { 202: success('It has begun.', 'GroupRetry'), ...problems(404, 413, 415) },
        { body: group },
      ),
      delete: operation('cancelGroupRetry', 'Ends the retry of a group that this server began', {
        204: { description: 'No more are retried.' },
        ...problems(),
      }),
    },
    '/api/dead-letters/{id}': {
      parameters: [id],
      get: operation('readDeadLetter', 'A dead letter with its event, stack and history', {
        200: success('It.', 'DeadLetterDetail'),
        ...problems(404),
      }),
      delete: operation(
        'discardDeadLetter',
        'Leaves its event out for good; its lane goes on',
        { 202: success('It will be.', 'DeadLetterChange'), ...problems(404, 413, 415) },
        {
          parameters: [parameter('query', 'reason', text, 'Needed here or in the body.')],
          body: fields({ reason }),
        },
      ),
    },
    '/api/dead-letters/{id}/retry': {
      parameters: [id],
      post: operation(
        'retryDeadLetter',
        'Sends its event through its handler again; its lane goes on when that succeeds',
        { 202: success('It will be.', 'DeadLetterChange'), ...problems(404, 413, 415) },
        { body: corrected },
      ),
    },
    '/api/dead-letters/{id}/dry-run': {
      parameters: [id],
      post: operation(
        'dryRunDeadLetter',
        'What a retry would meet, as far as that can be told without doing it',
        { 200: success('What it would meet.', 'DryRun'), ...problems(404, 413, 415) },
        { body: corrected },
      ),
    },
    '/api/notes': {
      get: operation(
        'readNotes',
        'What happened in the handling of events and who did what: of some events in order, or the newest of all',
        { 200: success('Notes.', 'NoteList'), ...problems() },
        { parameters: [several('event', 'Event ids.'), several('kind', 'May be given several times.'), limit] },
      ),
    },
  }
}
