import { type Deposited, depositedData } from '../../shape.ts'

/** What the probes ask of a store. Every event carries a key of its own. */
export interface ProbedStore {
  /** Appends an event to a stream that must have so many; false when it was refused. */
  append(stream: string, expected: number, key: string): Promise<boolean>
  /** The keys of a stream in order, and the version that an append would have to expect. */
  stream(stream: string): Promise<{ readonly keys: readonly string[]; readonly version: number }>
  /** Runs its consumer from the beginning, and on as events come, until it is stopped. */
  consume(see: (key: string) => void): Promise<() => Promise<unknown>>
  /** Reads the whole log in order the way its consumers do when they are behind. */
  catchUp(): Promise<readonly string[]>
  /** How many events of a stream an inline projection has counted; only where the store was opened with one. */
  readonly counted?: (stream: string) => Promise<number>
  close(): Promise<unknown>
}

/** A way to open a store: a URL of a database, or a file. */
export type OpenProbed = (place: string) => Promise<ProbedStore>

/** An event's data with its key. */
export function keyedData(stream: string, key: string): Deposited {
  return { ...depositedData(stream), note: key }
}

/** What a probe found, good or not. */
export interface Finding {
  readonly good: boolean
  readonly text: string
}
