import type { JsonSchema } from '../../runtime/catalogue.ts'
import { reactionSchemas } from './reaction-schemas.ts'
import { count, list, optionalText, optionalTime, record, text, time } from './record.ts'
import { reference } from './schema-reference.ts'

const texts = list(text)

/** What the fixed routes answer. Fields may be added in later releases; clients ignore those they do not know. */
export const answerSchemas: JsonSchema = {
  Problem: record(
    {
      type: { type: 'string', format: 'uri' },
      title: text,
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text,
      code: { ...text, description: 'Stable; switch on this.' },
      errors: list(record({ path: text, message: text })),
      rejected: { const: true },
      retryAfterMs: count,
      correlationId: text,
    },
    ['errors', 'rejected', 'retryAfterMs', 'correlationId'],
    'RFC 9457 problem details.',
  ),
  Receipt: record(
    {
      stream: { ...text, description: 'category/id' },
      version: count,
      position: count,
      token: { ...text, description: 'Send it back as Khata-After.' },
      events: list(record({ id: text, type: text })),
      streams: list(record({ stream: text, version: count })),
      repeated: { type: 'boolean', description: 'Whether the effect is from an earlier call with the same idempotency key.' },
    },
    ['streams'],
  ),
  RecordedEvent: record(
    {
      id: text,
      category: text,
      streamId: text,
      version: { type: 'integer', minimum: 1 },
      type: text,
      schemaVersion: { type: 'integer', minimum: 1 },
      data: {},
      metadata: { type: 'object' },
      tags: texts,
      position: { type: 'integer', minimum: 1 },
      recordedAt: time,
      occurredAt: time,
      commandId: optionalText,
      correlationId: optionalText,
      problem: {
        ...record({ code: { const: 'handler-failed' }, message: text }),
        description: 'Only when the data could not be brought up to date: it is then as it was stored.',
      },
    },
    ['problem'],
  ),
  StreamEvents: record({
    events: list(reference('RecordedEvent')),
    next: { type: ['integer', 'null'], description: 'The `from` of the next page.' },
  }),
  StreamState: record({ state: {}, version: count, at: optionalTime }),
  EventPage: record({
    events: list(reference('RecordedEvent')),
    next: { ...text, description: 'The `after` of the next page, on the last page too.' },
    end: { type: 'boolean' },
  }),
  TraceNode: record(
    {
      kind: { enum: ['command', 'event', 'reaction'] },
      id: text,
      name: text,
      event: reference('RecordedEvent'),
      principal: text,
      outcome: { enum: ['done', 'waiting', 'retrying', 'parked', 'skipped', 'discarded'] },
      notes: list(record({ at: time, kind: text, detail: {} })),
      at: optionalTime,
      children: list(reference('TraceNode')),
      truncated: {
        const: true,
        description:
          'There is more below this node than is shown; at the root: parts of the tree may be left out, above it too.',
      },
    },
    ['event', 'principal', 'outcome', 'notes', 'truncated'],
  ),
  Projection: record({
    name: text,
    mode: { enum: ['async', 'inline'] },
    version: { type: 'integer', minimum: 1 },
    state: { enum: ['live', 'catching-up', 'retrying', 'building', 'stopped', 'idle'] },
    position: count,
    head: count,
    lag: count,
    documents: count,
    shards: count,
    feeders: list(record({ process: text, shards: count })),
    error: optionalText,
    rebuild: { anyOf: [reference('Rebuild'), { type: 'null' }] },
  }),
  ProjectionList: record({ projections: list(reference('Projection')) }),
  Rebuild: record({
    generation: text,
    state: { enum: ['requested', 'building', 'live', 'cancelled', 'failed'] },
    position: count,
    head: count,
    progress: { type: 'number', minimum: 0, maximum: 1 },
    eventsPerSecond: { type: 'number', minimum: 0 },
    etaMs: { type: ['number', 'null'] },
    error: optionalText,
  }),
  ...reactionSchemas,
  Alive: record({ status: { const: 'ok' } }),
  Ready: record({ ready: { type: 'boolean' }, attention: texts, store: record({ name: text, head: count, epoch: text }) }, [
    'attention',
    'store',
  ]),
}
