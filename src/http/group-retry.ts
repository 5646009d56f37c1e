import { hostname } from 'node:os'
import { KhataError } from '../model/error.ts'
import type { AnyApp, Operator } from '../runtime/app.ts'

/** Which dead letters are retried together. */
export interface RetriedGroup {
  readonly consumer?: string
  readonly lane?: string
  /** The error as it is listed. */
  readonly error?: string
}

/** How far the last retry of a group is. */
export interface GroupRetryStatus {
  readonly state: 'none' | 'running' | 'done' | 'cancelled' | 'failed'
  /** Dead letters that were sent on their way again. */
  readonly retried: number
  readonly error: string | null
  /** The server that was asked, `host:process id`: another one knows nothing of this work. */
  readonly server: string
}

/** Retries groups of dead letters, one group at a time, beside the requests that ask for it. */
export interface GroupRetry {
  readonly status: GroupRetryStatus
  /** Throws KhataError `usage` while another group is retried. */
  start(group: RetriedGroup, options: Operator & { readonly perSecond?: number }): void
  /** Throws KhataError `usage` when no group is retried here. */
  cancel(): void
}

/** What retries groups of dead letters, until the server closes. */
export function groupRetry(app: AnyApp, closing: AbortSignal): GroupRetry {
  const server = `${hostname()}:${process.pid}`
  let status: GroupRetryStatus = { state: 'none', retried: 0, error: null, server }
  let cancelling = new AbortController()

  const run = async (group: RetriedGroup, options: Operator & { readonly perSecond?: number }): Promise<void> => {
    const signal = AbortSignal.any([closing, cancelling.signal])
    const progress = (retried: number): void => {
      status = { ...status, retried }
    }
    try {
      await app.reactions.retryAll(group, { ...options, signal, progress })
      status = { ...status, state: signal.aborted ? 'cancelled' : 'done' }
    } catch (error) {
      status = { ...status, state: 'failed', error: error instanceof KhataError ? error.message : 'It failed.' }
    }
  }

  return {
    get status() {
      return status
    },
    start(group, options) {
      if (status.state === 'running') {
        throw new KhataError('usage', `Dead letters are being retried already, ${status.retried} so far.`, null)
      }
      status = { state: 'running', retried: 0, error: null, server }
      cancelling = new AbortController()
      void run(group, options)
    },
    cancel() {
      if (status.state !== 'running') {
        throw new KhataError(
          'usage',
          `This server, ${server}, retries no group: ask the one that answered when the retry began.`,
          null,
        )
      }
      cancelling.abort()
    },
  }
}
