import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NewEvent } from '../ports/event-store.ts'
import type { Job, JobResult } from './job.ts'
import { packJobs, unpackJobs } from './packed-jobs.ts'
import { packResults, unpackResults } from './packed-results.ts'

const text = fc.string({ unit: 'grapheme' })
const maybe = fc.option(text)
const count = fc.nat()

const event: fc.Arbitrary<NewEvent> = fc.record(
  {
    id: text,
    type: text,
    schemaVersion: count,
    data: text,
    metadata: text,
    tags: fc.array(text, { maxLength: 3 }),
    occurredAt: fc.option(fc.integer()),
    commandId: maybe,
    correlationId: maybe,
  },
  { noNullPrototype: true },
)

const append = fc.record(
  { category: text, streamId: text, expected: fc.option(count), events: fc.array(event, { maxLength: 3 }) },
  { noNullPrototype: true },
)

const commit = fc.record(
  {
    appends: fc.array(append, { maxLength: 3 }),
    leases: fc.array(fc.record({ name: text, token: count }, { noNullPrototype: true }), { maxLength: 2 }),
  },
  { noNullPrototype: true, requiredKeys: ['appends'] },
)

const job: fc.Arbitrary<Job> = fc.oneof(
  commit.map((each) => ({ kind: 'commit', commit: each }) as Job),
  text.map((generation) => ({ kind: 'drop', generation }) as Job),
  fc.constant<Job>({ kind: 'lease', name: 'l', owner: 'o', ttlMs: 5 }),
)

const result: fc.Arbitrary<JobResult> = fc.oneof(
  fc
    .record(
      {
        outcome: fc.constant('committed' as const),
        first: count,
        last: count,
        recordedAt: count,
        versions: fc.array(count, { maxLength: 3 }),
        inline: fc.array(fc.boolean(), { maxLength: 3 }),
      },
      { noNullPrototype: true },
    )
    .map((answer) => ({ answer })),
  fc.constant<JobResult>({ answer: null }),
  fc.constant<JobResult>({ answer: { outcome: 'fenced', lease: 'l' } }),
  fc.constant<JobResult>({ answer: { name: 'l', owner: 'o', token: 1, expiresAt: 2 } }),
  fc.constant<JobResult>({ failure: { code: 'store-full', message: 'm', detail: null, cause: 'c' } }),
)

test('any batch comes out of its packing as it went in', () => {
  fc.assert(fc.property(fc.array(job, { maxLength: 6 }), (jobs) => assert.deepEqual(unpackJobs(packJobs(jobs)), jobs)))
})

test('any results come out of their packing as they went in', () => {
  fc.assert(
    fc.property(fc.array(result, { maxLength: 6 }), (results) =>
      assert.deepEqual(unpackResults(packResults(results)), results),
    ),
  )
})
