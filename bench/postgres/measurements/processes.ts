import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { openPostgres } from '../../../src/postgres/index.ts'
import type { Contender, Measurement, Sample } from '../names.ts'

/** Processes that append at once, each with so many writers; they begin when all are ready. */
function processes(count: number, writersEach: number): Contender {
  return async (url, { workMs }) => {
    // The schema is there before they come.
    await (await openPostgres(url)).close()
    const children = Array.from({ length: count }, (_, index) =>
      fork(join(import.meta.dirname, '../contenders/appending-process.ts'), [
        url,
        String(index),
        String(writersEach),
        String(workMs),
      ]),
    )
    const ended = Promise.all(children.map((child) => once(child, 'exit')))
    await Promise.all(children.map((child) => once(child, 'message')))
    for (const child of children) child.send('go')
    const samples = await Promise.all(children.map(async (child) => (await once(child, 'message'))[0] as Sample))
    await ended
    return {
      operations: samples.reduce((sum, { operations }) => sum + operations, 0),
      ms: Math.max(...samples.map(({ ms }) => ms)),
    }
  }
}

const name = (count: number): string => `khata, ${count} ${count === 1 ? 'process' : 'processes'}`

function severalProcesses(what: string, writersEach: (count: number) => number): Measurement {
  return {
    name: what,
    unit: 'events',
    contenders: Object.fromEntries([1, 2, 4].map((count) => [name(count), processes(count, writersEach(count))])),
    // "No drop", less what two runs of the same thing differ by.
    comparisons: [2, 4].map((count) => ({ of: name(count), to: name(1), least: 0.95 })),
  }
}

/** What processes append together that each come with writers of their own. */
export const moreProcesses = severalProcesses('append, 64 writers in each of several processes', () => 64)

/** What they append when the load is the same and only its spread differs. */
export const spreadProcesses = severalProcesses('append, 256 writers in several processes', (count) => 256 / count)
