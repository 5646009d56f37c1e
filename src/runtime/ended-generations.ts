/** Removes the places of generations that have ended, beside what feeds the one that answers queries. */
import type { Engine } from '../ports/engine.ts'
import type { GenerationState } from '../ports/work-store.ts'
import type { Generations } from './generations.ts'
import { retryPause } from './leased.ts'

/** Their removal. */
export interface EndedGenerations {
  /** Begins to remove those whose time has come, unless it is under way. */
  remove(): void
  /** Resolves when nothing is under way. */
  readonly idle: Promise<void>
}

/** They are kept a while: a query of another process may still be in one. */
const keptMs = 60_000
const ended: ReadonlySet<GenerationState> = new Set(['retired', 'cancelled', 'failed'])

/** The removal of a view's ended generations; it leaves off when the signal fires. */
export function endedGenerations(
  { engine, generations, clock }: { readonly engine: Engine; readonly generations: Generations; readonly clock: () => number },
  view: string,
  signal: AbortSignal,
): EndedGenerations {
  const removed = new Set<string>()
  const pause = retryPause()
  let underWay: Promise<void> | null = null

  const removeAll = async (): Promise<void> => {
    for (const { id, state, changedAt } of await generations.list(view)) {
      if (signal.aborted) return
      if (removed.has(id) || !ended.has(state) || clock() - changedAt <= keptMs) continue
      await engine.views.drop(id, signal)
      if (!signal.aborted) removed.add(id)
    }
    pause.reset()
  }

  return {
    remove() {
      if (signal.aborted) return
      // What fails is tried again: a queue is full, or somebody reads the table.
      underWay ??= removeAll()
        .catch(() => pause.wait(signal))
        .finally(() => {
          underWay = null
        })
    },
    get idle() {
      return underWay ?? Promise.resolve()
    },
  }
}
