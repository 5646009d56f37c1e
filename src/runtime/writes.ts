/** Whether the store takes writes, as this process has seen it: a full disk or a server that only reads still answers. */
import { isKhataError } from '../model/error.ts'

/** What is known of the writing of this process. */
export interface Writes {
  /** A command was committed. */
  done(): void
  /** A write failed; only what says that the store takes none is remembered. */
  failed(error: unknown): void
  /** Why the store takes no writes; null while nothing says so. */
  readonly refusal: string | null
}

/**
 * So long a failure counts. Nobody sends commands to a process that is not ready, so that none would show that the store
 * takes them again. It is longer than the pause between two renewals of a lease: while those fail, it stays not ready.
 */
const countsMs = 8_000

/** Remembers how the newest write went. */
export function writesOf(clock: () => number): Writes {
  let failure: { readonly message: string; readonly at: number } | null = null
  return {
    done() {
      failure = null
    },
    failed(error) {
      if (!isKhataError(error, 'store-full') && !isKhataError(error, 'store-unavailable')) return
      failure = { message: error.message, at: clock() }
    },
    get refusal() {
      return failure !== null && clock() - failure.at < countsMs ? failure.message : null
    },
  }
}
