/** A runner of batches beside an engine, for tests that send several batches without waiting for answers. */

import { sample } from '../testing/conformance/samples.ts'
import { type BatchRunner, batchRunner } from './batch-runner.ts'
import { connect } from './connection.ts'
import type { Job, JobResult } from './job.ts'
import { type Known, nothingKnown } from './known.ts'
import { type PostgresOptions, settingsOf } from './options.ts'
import { reader } from './reader.ts'
import { shapesOf } from './view-shape.ts'

/** One event for a stream of category `c`. */
export function append(streamId: string, expected: number | null, type = 'Happened'): Job {
  return { kind: 'commit', commit: { appends: [{ category: 'c', streamId, expected, events: [sample(type)] }] } }
}

/** A runner that is connected, over a store whose schema is there, with stream `s` at version 1. */
export async function startRunner(
  url: string,
  options: PostgresOptions,
  known: Known = nothingKnown(() => {}),
): Promise<BatchRunner> {
  const settings = settingsOf(url, options)
  const reading = reader(settings, 'test', await connect(settings))
  const runner = batchRunner(settings, 'test', shapesOf(reading), known, { waited: () => {} })
  await runner.perform([append('s', 0)])
  return {
    perform: runner.perform,
    hurry: runner.hurry,
    close: async () => {
      await runner.close()
      await reading.close()
    },
  }
}

function outcomeOf(result: JobResult): unknown {
  if ('failure' in result) return result.failure
  return result.answer && 'outcome' in result.answer ? result.answer.outcome : result.answer
}

/** What becomes of the jobs of batches that are sent one behind the other. */
export async function outcomes(runner: BatchRunner, ...batches: readonly (readonly Job[])[]): Promise<unknown[][]> {
  return (await Promise.all(batches.map((jobs) => runner.perform(jobs)))).map((results) => results.map(outcomeOf))
}
