/** Work that one app does at a time: as the owner of a lease, again and again until it is stopped. */
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import type { Engine } from '../ports/engine.ts'
import type { Lease } from '../ports/work-store.ts'
import { messageOf } from './message-of.ts'
import type { Tail } from './tail.ts'

/** Makes an owner of leases: each app is one of its own, also beside others in its process. */
export function newOwner(): string {
  return `${hostname()}:${process.pid}:${randomUUID()}`
}

/** Milliseconds that a lease is given for; it is renewed at a third of that. */
export const leaseMs = 15_000
const firstRetryMs = 250
const lastRetryMs = 30_000

/** What to do with a lease, and what to say when there is none. */
export interface LeasedWork {
  /** Works until it is stopped or `lost` fires. Throwing means: try again, later and later. */
  session(lease: Lease, lost: AbortSignal): Promise<void>
  /** Asked before the lease is. */
  mayWork(): Promise<boolean>
  failed(message: string): void
  elsewhere(): void
}

/** Does leased work until the signal fires. */
export async function leased(
  {
    engine,
    tail,
    owner,
    name,
    signal,
  }: {
    readonly engine: Engine
    readonly tail: Tail
    readonly owner: string
    readonly name: string
    readonly signal: AbortSignal
  },
  work: LeasedWork,
): Promise<void> {
  const pause = retryPause()
  while (!signal.aborted) {
    const { mark } = tail
    const { history } = tail
    try {
      if (history.broken !== null) {
        work.failed(history.broken)
        await tail.stirred(mark, 1_000, signal)
        continue
      }
      const { signal: noticed } = history
      if (!(await work.mayWork())) {
        await tail.stirred(mark, 1_000, signal)
        continue
      }
      const lease = await engine.work.lease(name, owner, leaseMs)
      if (!lease) {
        work.elsewhere()
        await rest(leaseMs / 5, signal)
        continue
      }
      await owning(engine, lease, async (lost) => {
        await history.confirm()
        if (!noticed.aborted) await work.session(lease, AbortSignal.any([lost, noticed]))
      })
      pause.reset()
    } catch (cause) {
      if (signal.aborted) return
      work.failed(messageOf(cause))
      await pause.wait(signal)
    }
  }
}

/** Works with a lease, renewing it, and gives it back; `lost` fires when somebody else has it. */
export async function owning<T>(engine: Engine, lease: Lease, work: (lost: AbortSignal) => Promise<T>): Promise<T> {
  const lost = new AbortController()
  let renewedAt = performance.now()
  const renewal = setInterval(async () => {
    const renewed = await engine.work.lease(lease.name, lease.owner, leaseMs).catch(() => undefined)
    if (renewed?.token === lease.token) renewedAt = performance.now()
    else if (renewed !== undefined || performance.now() - renewedAt > leaseMs) lost.abort()
  }, leaseMs / 3)
  renewal.unref()
  try {
    return await work(lost.signal)
  } finally {
    clearInterval(renewal)
    await engine.work.release(lease).catch(() => {})
  }
}

/** Waits, or until the signal fires; does not keep the process alive. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    timer.unref()
    signal.addEventListener('abort', end)
  })
}

/** The pauses between attempts that fail. */
export interface RetryPause {
  /** Waits, twice as long each time up to 30 s, and a quarter more or less: who failed together should not come together. */
  wait(signal: AbortSignal): Promise<void>
  /** Begins again with the shortest. */
  reset(): void
}

/** The pauses between attempts that fail; the first is of 250 ms. */
export function retryPause(): RetryPause {
  let nextMs = firstRetryMs
  return {
    wait(signal) {
      const ms = nextMs * (0.75 + Math.random() / 2)
      nextMs = Math.min(nextMs * 2, lastRetryMs)
      return rest(ms, signal)
    },
    reset() {
      nextMs = firstRetryMs
    },
  }
}
