/** The same work for each: `count` small jobs are there, then all are handled by handlers that do nothing. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Queue, Worker } from 'bullmq'
import { Redis } from 'ioredis'
import { aggregate, khata, reactor } from 'khata'
import { PgBoss } from 'pg-boss'
import * as z from 'zod'

/** Milliseconds in which all jobs were handled. */
export type Contender = (count: number, concurrency: number, url: string) => Promise<number>

const data = { text: 'x'.repeat(200) }

/** Counts handled jobs; the promise resolves with the last. */
function counter(count: number) {
  const all = Promise.withResolvers<void>()
  let handled = 0
  return { all: all.promise, one: () => void (++handled === count && all.resolve()) }
}

const job = aggregate('job', {
  id: 'jobId',
  events: { JobAdded: z.object({ text: z.string() }) },
  initial: {},
  evolve: {},
  commands: {
    AddJob: {
      input: z.object({ jobId: z.string(), text: z.string() }),
      decide: ({ text }) => ({ type: 'JobAdded', data: { text } }),
    },
  },
})

/** Jobs are events of 1,000 streams; a reactor keeps the order of each, which the queues do not. */
const khataOver =
  (store: (url: string) => string): Contender =>
  async (count, concurrency, url) => {
    const filling = await khata({ store: store(url), use: [job] })
    for (let from = 0; from < count; from += 500) {
      const batch = Array.from({ length: Math.min(500, count - from) }, (_, n) => n)
      await Promise.all(batch.map((n) => filling.execute('AddJob', { jobId: `j${(from + n) % 1_000}`, ...data })))
    }
    await filling.close()
    const { all, one } = counter(count)
    const noop = reactor('noop', { from: [job], on: { JobAdded: () => one() }, start: 'beginning', concurrency })
    const from = performance.now()
    const app = await khata({ store: store(url), use: [job, noop] })
    await all
    while ((await app.reactions.status('noop')).lag > 0) await pause(1)
    const ms = performance.now() - from
    await app.close()
    return ms
  }

/** BullMQ over a Redis that flushes each write to the disk before it answers. */
const bullmq: Contender = async (count, concurrency) => {
  const folder = mkdtempSync(join(tmpdir(), 'khata-bench-redis-'))
  const port = await freePort()
  const flags = [
    '--port',
    `${port}`,
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
  ]
  const redis = spawn('redis-server', flags, { stdio: 'ignore' })
  await listening(port)
  const connection = new Redis({ host: '127.0.0.1', port, maxRetriesPerRequest: null })
  const queue = new Queue('jobs', { connection })
  await queue.addBulk(Array.from({ length: count }, (_, n) => ({ name: `j${n}`, data })))
  const { all, one } = counter(count)
  const from = performance.now()
  const worker = new Worker('jobs', async () => one(), { connection, concurrency, removeOnComplete: { count: 0 } })
  await all
  while ((await queue.getJobCounts('active'))['active']) await pause(1)
  const ms = performance.now() - from
  await worker.close()
  await queue.close()
  connection.disconnect()
  const ended = new Promise((resolve) => redis.once('exit', resolve))
  redis.kill()
  await ended
  rmSync(folder, { recursive: true })
  return ms
}

const pgBoss: Contender = async (count, concurrency, url) => {
  const boss = new PgBoss(url)
  await boss.start()
  await boss.createQueue('jobs')
  for (let from = 0; from < count; from += 1_000) {
    await boss.insert(
      'jobs',
      Array.from({ length: Math.min(1_000, count - from) }, () => ({ data })),
    )
  }
  const { all, one } = counter(count)
  const from = performance.now()
  // Its own workers wait for the next poll after each batch; asking again at once is what a busy service would do.
  const work = async (): Promise<void> => {
    for (;;) {
      const jobs = await boss.fetch('jobs', { batchSize: concurrency })
      if (jobs.length === 0) return
      for (const _ of jobs) one()
      await boss.complete(
        'jobs',
        jobs.map(({ id }) => id),
      )
    }
  }
  await Promise.all([work(), work(), work(), work()])
  await all
  const ms = performance.now() - from
  await boss.stop({ graceful: true })
  return ms
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

async function listening(port: number): Promise<void> {
  for (;;) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = createConnection(port, '127.0.0.1')
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
      socket.once('connect', () => socket.destroy())
    })
    if (open) return
    await pause(20)
  }
}

/** Who is measured. */
export const contenders: { readonly [name: string]: Contender } = {
  'khata, SQLite': async (count, concurrency) => {
    const folder = mkdtempSync(join(tmpdir(), 'khata-bench-'))
    const ms = await khataOver(() => `sqlite:${join(folder, 'store.db')}`)(count, concurrency, '')
    rmSync(folder, { recursive: true })
    return ms
  },
  'khata, PostgreSQL': khataOver((url) => url),
  'BullMQ, Redis with appendfsync always': bullmq,
  'pg-boss, PostgreSQL': pgBoss,
}
