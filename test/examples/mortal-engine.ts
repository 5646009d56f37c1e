import type { Engine, LeaseProof, WorkStore } from 'khata/ports'

/** An engine as a process sees it that dies at one of its calls. */
export interface MortalEngine {
  readonly engine: Engine
  /** Resolves when the process died, with the call in which it did. */
  readonly death: Promise<string>
  /** The call in which it died; null while it lives. */
  readonly diedIn: () => string | null
  /**
   * Ends what is left of the process, when what had reached the store is finished there, and gives its leases back: whoever
   * takes over need not wait until they are over. The engine stays open.
   */
  bury(): Promise<void>
}

const renewalMs = 5_000
const quickRenewalMs = 50

/**
 * Lets a process die at its nth point: each call of a port has two, before anything reached the store and after all of it
 * did. From then on nothing it does reaches the store, and nothing that the store says reaches it. What is only asked for
 * again, without a commit of the process since, is no new point. Leases are renewed every few milliseconds instead of every
 * few seconds, so that renewals are among the calls.
 */
export function mortal(engine: Engine, nth: number): MortalEngine {
  const { promise: death, resolve: tell } = Promise.withResolvers<string>()
  const nobody = new Promise<never>(() => {})
  const asked = new Set<string>()
  const inWork = new Set<Promise<unknown>>()
  const leaving: (() => void)[] = []
  const leases = new Map<string, LeaseProof>()
  let points = 0
  let diedIn: string | null = null
  const passes = (point: string, isNew: boolean): boolean => {
    if (diedIn === null && isNew && ++points === nth) {
      diedIn = point
      tell(point)
    }
    return diedIn === null
  }

  const port = <Port extends object>(name: string, real: Port): Port =>
    new Proxy(real, {
      get(target, method) {
        const work = Reflect.get(target, method) as unknown
        if (typeof work !== 'function') return work
        return async (...given: unknown[]) => {
          const call = `${name}.${String(method)}`
          // What timers are due is asked for again and again, each time at another moment.
          const question = call === 'reactions.timers' ? call : `${call} ${JSON.stringify(given)}`
          const isNew = call === 'events.commit' || !asked.has(question)
          asked.add(question)
          if (!passes(`before ${call}`, isNew)) return nobody
          const asking = Promise.resolve(work.apply(target, given) as unknown)
          inWork.add(asking)
          const answer = await asking.finally(() => inWork.delete(asking))
          if (call === 'events.commit') asked.clear()
          return passes(`after ${call}`, isNew) ? answer : nobody
        }
      },
    })

  const renewals = quickRenewals()
  const noted: WorkStore = {
    ...engine.work,
    async lease(name, owner, ttlMs) {
      const lease = await engine.work.lease(name, owner, ttlMs)
      if (lease) leases.set(name, lease)
      return lease
    },
  }
  const wrapped: Engine = {
    ...engine,
    events: port('events', engine.events),
    views: port('views', engine.views),
    work: port('work', noted),
    reactions: port('reactions', engine.reactions),
    onCommit(listener) {
      const leave = engine.onCommit(() => (diedIn === null ? listener() : undefined))
      leaving.push(leave)
      return leave
    },
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
  return {
    engine: wrapped,
    death,
    diedIn: () => diedIn,
    async bury() {
      renewals.end()
      for (const leave of leaving) leave()
      await Promise.allSettled(inWork)
      for (const lease of leases.values()) await engine.work.release(lease)
    },
  }
}

/** Makes renewals quick until it is told to end, and ends those that are left then. */
function quickRenewals(): { end(): void } {
  const { setInterval: real } = globalThis
  const begun: NodeJS.Timeout[] = []
  const quick = (work: () => void, ms?: number): NodeJS.Timeout => {
    if (ms !== renewalMs) return real(work, ms)
    const timer = real(work, quickRenewalMs)
    begun.push(timer)
    return timer
  }
  globalThis.setInterval = quick as typeof real
  return {
    end() {
      globalThis.setInterval = real
      for (const timer of begun) clearInterval(timer)
    },
  }
}
