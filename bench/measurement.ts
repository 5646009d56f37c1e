import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'

/** What one run of one contender did. */
export interface Sample {
  /** Events or commands, whatever the measurement counts. */
  readonly operations: number
  /** Milliseconds. */
  readonly ms: number
}

/** How large the runs are. */
export interface Size {
  readonly quick: boolean
  /** Milliseconds for which a contender works in each round, where the work has no end of its own. */
  readonly workMs: number
  readonly rounds: number
}

/** Asks for the rate of one contender as a multiple of another's. */
export interface Comparison {
  readonly of: string
  readonly to: string
  /** The goal; none where the ratio is only of interest. */
  readonly least?: number
}

/** Something that is measured for several contenders, which take turns because machines are noisy. */
export interface Measurement {
  readonly name: string
  /** What is counted in a second. */
  readonly unit: 'events' | 'commands' | 'operations'
  readonly contenders: { readonly [name: string]: (file: string, size: Size) => Promise<Sample> }
  readonly comparisons: readonly Comparison[]
}

/** The compared contenders' names. */
export const khataName = 'khata'
export const rawSharedName = 'raw, shared commits'
export const rawEachName = 'raw, commit each'
export const emmettName = 'emmett-sqlite'

/** The usual comparisons: Khata to each of the others, with goals by name. */
export function khataToOthers(goals: { readonly [name: string]: number }, names: readonly string[]): readonly Comparison[] {
  return names.map((to) => ({ of: khataName, to, ...(goals[to] === undefined ? {} : { least: goals[to] }) }))
}

/** The part of the time that callers run before anything is counted: compilers and caches warm up. */
const warmUp = 0.4

/** Runs an operation again and again from several callers at once until the time is over. */
export async function callers(
  count: number,
  ms: number,
  operation: (caller: number, turn: number) => Promise<unknown>,
): Promise<Sample> {
  const counted = performance.now() + ms * warmUp
  const end = counted + ms
  let operations = 0
  const call = async (caller: number): Promise<void> => {
    for (let turn = 0; performance.now() < end; turn++) {
      await operation(caller, turn)
      if (performance.now() > counted) operations++
    }
  }
  await Promise.all(Array.from({ length: count }, (_, caller) => call(caller)))
  return { operations, ms: performance.now() - counted }
}

/** Times work that has an end of its own. */
export async function timed(operations: number, work: () => Promise<unknown> | unknown): Promise<Sample> {
  const start = performance.now()
  await work()
  return { operations, ms: performance.now() - start }
}

/** As a sample with another number of operations for each one: a batch of events, a stream that was read. */
export function times(sample: Sample, factor: number): Sample {
  return { operations: sample.operations * factor, ms: sample.ms }
}

/** Gives a new database file to some work and removes it afterwards. */
export async function inNewDirectory<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(parent, 'run-'))
  try {
    return await work(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}
