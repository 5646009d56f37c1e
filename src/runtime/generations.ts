/** Which generation of a view is asked, built or fed: as the store says, looked up again after every commit. */
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Generation, GenerationState } from '../ports/work-store.ts'
import type { CompiledView } from './compiled-view.ts'

/** The generations of an app's views. */
export interface Generations {
  /** All of a view, oldest first. */
  list(view: string): Promise<readonly Generation[]>
  /** The newest one of the version and shape that the code declares that is in one of these states. */
  newest(view: CompiledView, ...states: readonly GenerationState[]): Promise<Generation | null>
  /** The one that answers queries; null while the first one is being built. */
  live(view: CompiledView): Promise<Generation | null>
  /** Registers a new one. Null when another process was faster. */
  add(view: CompiledView, state: 'requested' | 'building'): Promise<Generation | null>
  /** Changes a state; false when it was no longer the expected one. */
  change(generation: Generation, state: GenerationState, error?: string): Promise<boolean>
  /** Up to where each shard of a generation is fed. */
  places(generation: Generation): Promise<readonly Position[]>
  /** Up to where all of a generation is fed. */
  position(generation: Generation): Promise<Position>
  /** Looks everything up again. */
  forget(): void
  close(): void
}

/** The checkpoints of a generation are kept under this name. */
export function consumerOf(generation: { readonly id: string }): string {
  return `view/${generation.id}`
}

/** The generations in a store. */
export function generationsOf(engine: Engine, clock: () => number): Generations {
  let known = new Map<string, Promise<readonly Generation[]>>()
  const stop = engine.onCommit(() => known.clear())

  const list = (view: string): Promise<readonly Generation[]> => {
    let found = known.get(view)
    if (!found) {
      found = engine.work.generations(view)
      known.set(view, found)
      const asked = known
      found.catch(() => asked.delete(view))
    }
    return found
  }

  const newest = async (view: CompiledView, ...states: readonly GenerationState[]): Promise<Generation | null> =>
    (await list(view.name)).findLast(
      ({ version, fingerprint, state }) =>
        version === view.version && fingerprint === view.fingerprint && states.includes(state),
    ) ?? null

  const places: Generations['places'] = async (generation) => {
    const shards = await engine.work.checkpoints(consumerOf(generation))
    return Array.from({ length: Math.max(1, shards.size) }, (_, shard) => shards.get(shard) ?? 0)
  }

  return {
    list,
    newest,
    live: (view) => newest(view, 'live'),
    async add(view, state) {
      known = new Map()
      const now = clock()
      const generation: Generation = {
        id: `${view.name.replaceAll('-', '_')}_${view.version}_${(await list(view.name)).length + 1}`,
        view: view.name,
        version: view.version,
        fingerprint: view.fingerprint,
        state,
        startedAt: now,
        changedAt: now,
        error: null,
      }
      const shards = view.mode === 'inline' ? 1 : engine.viewShards
      const consumer = consumerOf(generation)
      // A generation is divided as its checkpoints say, from its first moment on: whoever opens the store sees the same.
      const checkpoints = Array.from({ length: shards }, (_, shard) => ({ consumer, shard, from: 0, to: 0 }))
      const { outcome } = await engine.events.commit({ generations: [{ generation, expected: null }], checkpoints })
      known = new Map()
      return outcome === 'committed' ? generation : null
    },
    async change(generation, state, error) {
      const changed = { ...generation, state, changedAt: clock(), error: error ?? null }
      const { outcome } = await engine.events.commit({ generations: [{ generation: changed, expected: generation.state }] })
      known = new Map()
      return outcome === 'committed'
    },
    places,
    position: async (generation) => Math.min(...(await places(generation))),
    forget: () => {
      known = new Map()
    },
    close: stop,
  }
}
