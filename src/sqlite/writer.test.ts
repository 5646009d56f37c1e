import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job } from './job.ts'
import type { Sharing } from './pace.ts'
import type { Cost } from './transaction.ts'
import { type Answered, startWriter, type Transport, type Writer } from './writer.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const limits = { queueLimit: 1_000, queueBytes: 1_000_000 }

/** A writer whose jobs are answered by hand, with what was sent. */
function byHand(): { writer: Writer; sent: [jobs: number, sharing: Sharing][]; answer: (jobs: number, cost: Cost) => void } {
  const sent: [number, Sharing][] = []
  let answered: Answered = () => {}
  const transport: Transport = {
    listen: (listener) => {
      answered = listener
    },
    send: (jobs, sharing) => void sent.push([jobs.length, sharing]),
    close: async () => {},
  }
  const writer = startWriter(transport, limits, 'test', () => {})
  const answer = (jobs: number, cost: Cost): void =>
    answered(
      Array.from({ length: jobs }, () => ({ answer: null })),
      cost,
    )
  return { writer, sent, answer }
}

function ask(writer: Writer, jobs: number): Promise<unknown>[] {
  const job: Job = { kind: 'drop', generation: 'v' }
  return Array.from({ length: jobs }, () => writer.submit(job))
}

/** Rounds in which so many callers ask, are answered at a cost, and ask again; returns what the last round sent. */
async function rounds(callers: number, cost: Cost): Promise<[number, Sharing][]> {
  const { writer, sent, answer } = byHand()
  let last: [number, Sharing][] = []
  for (let round = 0; round < 60; round++) {
    const asked = ask(writer, callers)
    let answered = 0
    last = []
    while (answered < callers) {
      for (let waits = 0; waits < 3; waits++) await turn()
      const jobs = sent.reduce((sum, [count]) => sum + count, 0)
      last.push(...sent.splice(0))
      answered += jobs
      answer(jobs, cost)
    }
    await Promise.all(asked)
  }
  return last
}

test('what is asked for in one turn of the event loop is sent as one', async () => {
  const { writer, sent } = byHand()
  ask(writer, 30)
  Promise.resolve().then(() => ask(writer, 34))
  await turn()
  assert.deepEqual(sent, [[64, 'takes']])
})

test('while jobs are in work the next ones wait for each other', async () => {
  const { writer, sent, answer } = byHand()
  const first = ask(writer, 1)
  await turn()
  ask(writer, 2)
  await turn()
  ask(writer, 3)
  await turn()
  assert.deepEqual(sent, [[1, 'takes']])
  answer(1, { flushMs: 1, jobMs: 0.01 })
  await Promise.all(first)
  await turn()
  assert.deepEqual(sent.slice(1), [[5, 'takes']])
})

test('when jobs and flushes take longer than asking they are sent in parts, and the last part says so', async () => {
  const sent = await rounds(64, { flushMs: 10_000, jobMs: 10 })
  assert.ok(sent.length > 2, JSON.stringify(sent))
  assert.equal(
    sent.reduce((sum, [jobs]) => sum + jobs, 0),
    64,
  )
  assert.deepEqual(
    sent.map(([, sharing]) => sharing),
    sent.map((_, index) => (index < sent.length - 1 ? 'waits' : 'takes')),
  )
})

test('when the flush takes longest they are sent as one', async () => {
  assert.deepEqual(await rounds(64, { flushMs: 10_000, jobMs: 0 }), [[64, 'takes']])
})

test('when asking takes longest they are sent in halves, each with its own flush', async () => {
  for (const jobMs of [0, 10]) {
    const [[jobs, sharing] = [0, 'takes']] = await rounds(64, { flushMs: 0, jobMs })
    assert.ok(jobs >= 28 && jobs <= 36 && sharing === 'alone', `${jobs} ${sharing}`)
  }
})
