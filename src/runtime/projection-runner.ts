/**
 * Runs one projection in this process: feeds its share of the generation that answers queries, and builds a new one beside
 * it when a rebuild is asked for.
 *
 * Invariants
 * - Only the owner of a shard's lease feeds it; every commit proves the leases of all that it writes.
 * - A generation is asked only once it is live; it becomes live in one commit, at or above the position of the one
 *   before, which is kept untouched.
 * - A document whose handler fails waits behind a dead letter, and all others go on; when `key` fails, it is not known
 *   which document waits, so the projection stands still at the event before and tries again, later and later. A rebuild
 *   stops at its first error instead, unless it is one of the store that passes.
 */
import { isKhataError } from '../model/error.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Generation } from '../ports/work-store.ts'
import type { RebuildStatus } from './app.ts'
import type { CompiledView } from './compiled-view.ts'
import { endedGenerations } from './ended-generations.ts'
import { feedLive } from './feed-live.ts'
import { FeedLost } from './feeder.ts'
import type { Gate } from './gate.ts'
import type { Generations } from './generations.ts'
import type { InlineViews } from './inline-views.ts'
import { rest, retryPause } from './leased.ts'
import type { Members } from './members.ts'
import { messageOf } from './message-of.ts'
import { buildBeside } from './rebuild.ts'
import type { Registry } from './registry.ts'
import type { ShardFeeders } from './shard-feeders.ts'
import { switchLease } from './shares.ts'
import type { Tail } from './tail.ts'

/** What runners work with. */
export interface RunnerParts {
  readonly engine: Engine
  readonly registry: Registry
  readonly codeVersion: string | null
  readonly tail: Tail
  readonly generations: Generations
  readonly members: Members
  readonly inline: InlineViews
  readonly gate: Gate
  readonly clock: () => number
}

/** A projection at work in this process. */
export interface ProjectionRunner {
  readonly state: 'live' | 'catching-up' | 'retrying' | 'building' | 'stopped' | 'idle'
  readonly error: string | null
  /** The rebuild this process runs. */
  readonly rebuild: Pick<RebuildStatus, 'generation' | 'position' | 'eventsPerSecond'> | null
  /** Resolves when the view can be asked, or needs longer for that. */
  readonly started: Promise<void>
  stop(): Promise<void>
}

/** What those who feed tell the runner. */
export interface Running {
  state: ProjectionRunner['state']
  error: string | null
  /** The view can be asked, or needs longer for that. */
  startedOnce(): void
  /** Removes generations that nobody can be asking any more, beside the feeding. */
  removeEnded(): void
  /** Builds a generation beside the live one, unless this process is at it already. */
  build(wanted: Generation, live: Generation): void
}

const switchLookMs = 100

/** Starts a projection's runner. */
export function runProjection(parts: RunnerParts, view: CompiledView): ProjectionRunner {
  const { generations, members, clock } = parts
  const stopping = new AbortController()
  const { signal } = stopping
  let rebuild: { generation: string; startedAt: number; start: Position; feeders: ShardFeeders } | null = null
  let building: Promise<void> | null = null
  /** Ends what feeds the live generation. */
  let feeding = new AbortController()
  /** Settled unless this process is about to replace the live generation. */
  let switched: Promise<void> = Promise.resolve()
  const started = Promise.withResolvers<void>()
  const ended = endedGenerations(parts, view.name, signal)
  const buildPause = retryPause()

  const pause = (): (() => void) => {
    const goOn = Promise.withResolvers<void>()
    switched = goOn.promise
    feeding.abort()
    return goOn.resolve
  }

  const build = async (wanted: Generation, live: Generation): Promise<void> => {
    const began = (generation: Generation, feeders: ShardFeeders): void => {
      rebuild = { generation: generation.id, startedAt: clock(), start: feeders.position, feeders }
    }
    try {
      await buildBeside(parts, view, { wanted, live }, { began, pause }, signal)
      buildPause.reset()
    } catch (cause) {
      if (signal.aborted || cause instanceof FeedLost) return
      // The store will take it again: whoever feeds the live one asks for the rest.
      if (isPassing(cause)) return buildPause.wait(signal)
      const current = (await generations.list(view.name)).find(({ id }) => id === wanted.id)
      if (current?.state === 'building') await generations.change(current, 'failed', messageOf(cause))
    }
  }

  const running: Running = {
    state: 'idle',
    error: null,
    startedOnce: started.resolve,
    removeEnded: ended.remove,
    build(wanted, live) {
      building ??= build(wanted, live)
        .catch(() => {})
        .finally(() => {
          building = null
          rebuild = null
        })
    },
  }

  const firstGeneration = async (): Promise<Generation | null> =>
    (await generations.live(view)) ?? (await generations.newest(view, 'building')) ?? (await generations.add(view, 'building'))

  const feed = async (): Promise<void> => {
    await switched
    const generation = await firstGeneration()
    if (!generation) return
    if ((await members.seen(switchLookMs)).holder(switchLease(generation)) !== null) {
      running.startedOnce()
      return rest(switchLookMs, signal)
    }
    feeding = new AbortController()
    await feedLive(parts, view, generation, running, AbortSignal.any([signal, feeding.signal]))
  }

  const run = async (): Promise<void> => {
    const feedPause = retryPause()
    while (!signal.aborted) {
      try {
        await feed()
        feedPause.reset()
      } catch (cause) {
        if (signal.aborted) break
        if (cause instanceof FeedLost) continue
        running.state = 'retrying'
        running.error = messageOf(cause)
        running.startedOnce()
        await feedPause.wait(signal)
      }
    }
    await building
    await ended.idle
    running.state = 'stopped'
  }

  const done = run().finally(started.resolve)
  return {
    get state() {
      return running.state
    },
    get error() {
      return running.error
    },
    get rebuild() {
      if (!rebuild) return null
      const { generation, startedAt, start, feeders } = rebuild
      const seconds = Math.max((clock() - startedAt) / 1_000, 0.001)
      return { generation, position: feeders.written, eventsPerSecond: (feeders.written - start) / seconds }
    },
    started: started.promise,
    async stop() {
      stopping.abort()
      await done
    },
  }
}

/** Whether an error goes away by itself, so that it says nothing of what was tried. */
function isPassing(error: unknown): boolean {
  return isKhataError(error, 'overloaded') || isKhataError(error, 'store-unavailable')
}
