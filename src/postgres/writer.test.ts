import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Job, JobResult } from './job.ts'
import { type Pace, startPace } from './pace.ts'
import { startWriter } from './writer.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
const limits = { queueLimit: 10_000, queueBytes: 10_000_000 }
const job: Job = { kind: 'release', proof: { name: 'l', token: 1 } }

/** A writer whose batches are answered by hand, oldest first, with the sizes of those that wait for an answer. */
function byHand(pace: Pace = startPace(1_000)) {
  const sent: number[] = []
  const answers: (() => void)[] = []
  const perform = (jobs: readonly Job[]): Promise<JobResult[]> =>
    new Promise((resolve) => {
      sent.push(jobs.length)
      answers.push(() => {
        sent.shift()
        resolve(jobs.map(() => ({ answer: null })))
      })
    })
  const writer = startWriter({ perform, hurry: () => {}, close: async () => {} }, pace, limits, 'test', () => {})
  const ask = (jobs: number): Promise<unknown>[] => Array.from({ length: jobs }, () => writer.submit(job))
  return { sent, ask, answer: () => answers.shift()?.(), writer }
}

/** What is on the way after callers were answered many times while transactions waited for so long. */
async function afterRounds(waitMs: number): Promise<number[]> {
  const pace = startPace(1_000)
  const { sent, ask, answer } = byHand(pace)
  for (let round = 0; round < 200; round++) {
    ask(64)
    await turn()
    const sizes = [...sent]
    while (sent.length > 0) {
      pace.waited(waitMs)
      answer()
      await turn()
    }
    if (round === 199) return sizes
  }
  return []
}

test('what is asked for in one turn of the event loop is one batch, and the next waits for its answer', async () => {
  const { sent, ask, answer } = byHand()
  ask(3)
  Promise.resolve().then(() => ask(4))
  await turn()
  assert.deepEqual(sent, [7])
  ask(5)
  await turn()
  assert.deepEqual(sent, [7])
  answer()
  await turn()
  await turn()
  assert.deepEqual(sent, [5])
})

test('when callers take longer than a transaction waits, batches go in halves, one ahead of the other', async () => {
  assert.deepEqual(await afterRounds(0), [32, 32])
})

test('when transactions wait for the disk or for others, callers share one batch', async () => {
  assert.deepEqual(await afterRounds(10_000), [64])
})

test('no more than two batches are on the way', async () => {
  const { sent, ask } = byHand({ waited: () => {}, asked: () => {}, goAhead: () => true })
  ask(5)
  await turn()
  assert.deepEqual(sent, [1, 1])
})

test('closing finishes all that was accepted', async () => {
  const { sent, ask, answer, writer } = byHand({ waited: () => {}, asked: () => {}, goAhead: (waiting) => waiting === 2 })
  const asked = ask(5)
  let closed = false
  const closing = writer.close().then(() => {
    closed = true
  })
  await assert.rejects(writer.submit(job), { code: 'closed' })
  for (let turns = 0; turns < 20 && !closed; turns++) {
    if (sent.length > 0) answer()
    await turn()
  }
  await Promise.all(asked)
  await closing
})
