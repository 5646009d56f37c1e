/** What an operator sees of projections and does with them. */
import { KhataError } from '../model/error.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { DeadLetterCount } from '../ports/reaction-store.ts'
import type { Generation } from '../ports/work-store.ts'
import type { ProjectionStatus, Projections, RebuildStatus } from './app.ts'
import type { CompiledView } from './compiled-view.ts'
import { documentCounts } from './document-counts.ts'
import { consumerOf, type Generations } from './generations.ts'
import { holdersOf } from './members.ts'
import type { ProjectionRunner } from './projection-runner.ts'
import { feedingPrefix, shardLease } from './shares.ts'
import type { Tail } from './tail.ts'
import { verifyView } from './verify-view.ts'
import type { FreshView } from './views.ts'

/** What projections are made of. */
export interface ProjectionsParts {
  readonly engine: Engine
  readonly views: ReadonlyMap<string, FreshView>
  readonly generations: Generations
  readonly runners: ReadonlyMap<string, ProjectionRunner>
  readonly tail: Tail
  readonly clock: () => number
}

interface Overview {
  /** Who of the living has which lease. */
  readonly holders: ReadonlyMap<string, string>
  readonly letters: readonly DeadLetterCount[]
}

/** The projections of an app. */
export function projectionsOf(parts: ProjectionsParts): Projections {
  const { engine, views, generations, runners, clock } = parts

  const viewNamed = (name: string): FreshView => {
    const view = views.get(name)
    if (!view) throw new KhataError('unknown-projection', `There is no projection '${name}'.`, { projection: name })
    return view
  }

  const counts = documentCounts(engine.views)

  const rebuildOf = async (view: CompiledView, head: Position): Promise<RebuildStatus | null> => {
    const all = await generations.list(view.name)
    const latest = all.at(-1)
    // The first generation is no rebuild.
    if (!latest || all.length === 1 || latest.state === 'retired') return null
    return rebuildStatus(latest, head, await generations.position(latest), runners.get(view.name)?.rebuild ?? null, clock())
  }

  /** What is the same for all views. */
  const overview = async (): Promise<Overview> => {
    const [{ holders }, letters] = await Promise.all([
      engine.work.leases(feedingPrefix).then(holdersOf),
      engine.reactions.deadLetterCounts(),
    ])
    return { holders, letters }
  }

  const statusOf = async (view: CompiledView, { holders, letters }: Overview): Promise<ProjectionStatus> => {
    const { position: head } = await engine.events.head()
    const live = await generations.live(view)
    const building = live ? null : await generations.newest(view, 'building')
    const fed = live ?? building
    const places = fed ? await generations.places(fed) : [0]
    const position = Math.min(...places)
    const feeders = fed ? feedersOf(fed, places.length, holders) : []
    const elsewhere = feeders.length === 0 ? 'idle' : live === null ? 'building' : position === head ? 'live' : 'catching-up'
    const runner = runners.get(view.name)
    const working = !runner || runner.state === 'idle' ? elsewhere : runner.state
    const parked = letters.filter((count) => fed && count.consumer === consumerOf(fed))
    const waiting = parked.reduce((sum, { count }) => sum + count, 0)
    return {
      name: view.name,
      mode: view.mode,
      version: view.version,
      // What a view says of itself follows from its position: a runner that is about to catch up is not behind.
      state: working === 'catching-up' && position === head ? 'live' : working,
      position,
      head,
      lag: Math.max(0, head - position),
      documents: live ? await counts.of(view.name, live.id) : 0,
      shards: places.length,
      feeders,
      error: runner?.error ?? (waiting > 0 ? `${waiting} documents wait behind dead letters.` : null),
      rebuild: live ? await rebuildOf(view, head) : null,
    }
  }

  return {
    async list() {
      const all = await overview()
      return Promise.all([...views.values()].map((view) => statusOf(view.compiled, all)))
    },
    status: async (name) => statusOf(viewNamed(name).compiled, await overview()),
    async rebuild(name) {
      const view = viewNamed(name).compiled
      const running = await generations.newest(view, 'requested', 'building')
      if (running)
        throw new KhataError('rebuild-running', `The projection '${name}' is being built already.`, { projection: name })
      const added = await generations.add(view, 'requested')
      if (!added)
        throw new KhataError('rebuild-running', `Another rebuild of '${name}' was just asked for.`, { projection: name })
      const { position: head } = await engine.events.head()
      return rebuildStatus(added, head, 0, null, clock())
    },
    async cancelRebuild(name) {
      const view = viewNamed(name).compiled
      for (;;) {
        const running = await generations.newest(view, 'requested', 'building')
        if (!running || (await generations.live(view)) === null) {
          throw new KhataError('usage', `There is no rebuild of '${name}' to cancel.`, null)
        }
        if (await generations.change(running, 'cancelled')) return
      }
    },
    async caughtUp(options = {}) {
      const after = options.after ?? (await engine.events.head()).position
      const wanted = options.views ? options.views.map(viewNamed) : [...views.values()]
      await Promise.all(wanted.map((view) => view.fresh({ ...options, after })))
    },
    verify: async (name, progress, waitMs) => verifyView(parts, viewNamed(name), progress, waitMs),
  }
}

/** The processes that feed a generation, the one with the most shards first. */
function feedersOf(generation: Generation, shards: number, holders: Overview['holders']): ProjectionStatus['feeders'] {
  const counts = new Map<string, number>()
  for (let shard = 0; shard < shards; shard++) {
    const owner = holders.get(shardLease(generation, shard))
    if (owner === undefined) continue
    const name = owner.split(':').slice(0, 2).join(':')
    counts.set(name, (counts.get(name) ?? 0) + 1)
  }
  return [...counts].map(([name, count]) => ({ process: name, shards: count })).sort((a, b) => b.shards - a.shards)
}

function rebuildStatus(
  generation: Generation,
  head: Position,
  stored: Position,
  here: ProjectionRunner['rebuild'],
  now: number,
): RebuildStatus {
  const own = here?.generation === generation.id ? here : null
  const position = Math.max(stored, own?.position ?? 0)
  const eventsPerSecond = own?.eventsPerSecond ?? (position / Math.max(now - generation.startedAt, 1)) * 1_000
  const running = generation.state === 'building' || generation.state === 'requested'
  return {
    generation: generation.id,
    state: generation.state === 'retired' ? 'live' : generation.state,
    position,
    head,
    progress: generation.state === 'live' || head === 0 ? 1 : Math.min(1, position / head),
    eventsPerSecond: running ? Math.round(eventsPerSecond) : 0,
    etaMs: running && eventsPerSecond > 0 ? Math.round(((head - position) / eventsPerSecond) * 1_000) : null,
    error: generation.error,
  }
}
