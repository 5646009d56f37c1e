/**
 * Runs one projection in this process: owns its lease, feeds its live generation, and builds a new one beside it when a
 * rebuild is asked for.
 *
 * Invariants
 * - Only the owner of a generation's lease feeds it; every commit proves the lease.
 * - A generation is asked only once it is live; it becomes live in one commit, at or above the position of the one
 *   before, which is kept untouched.
 * - A document whose handler fails waits behind a dead letter, and all others go on; when `key` fails, it is not known
 *   which document waits, so the projection stands still at the event before and tries again, later and later. A rebuild
 *   stops at its first error instead.
 */
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { Generation, GenerationWrite, Lease } from '../ports/work-store.ts'
import type { RebuildStatus } from './app.ts'
import type { CompiledView } from './compiled-view.ts'
import { exclusive } from './exclusive.ts'
import { type Feeder, FeedLost, type FeedOptions, feederOf } from './feeder.ts'
import type { Gate } from './gate.ts'
import { consumerOf, type Generations } from './generations.ts'
import type { InlineViews } from './inline-views.ts'
import { leaseMs, leaseOwner, owning, rest } from './leased.ts'
import { messageOf } from './message-of.ts'
import { parkedDocuments, recordedSkips } from './parked-documents.ts'
import type { Registry } from './registry.ts'
import type { Tail } from './tail.ts'

/** What runners work with. */
export interface RunnerParts {
  readonly engine: Engine
  readonly registry: Registry
  readonly codeVersion: string | null
  readonly tail: Tail
  readonly generations: Generations
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

const pageSize = 1_000
const retryLookMs = 250
const inlineRestMs = 25
const firstRetryMs = 250
const lastRetryMs = 30_000
/** A switch is tried from this distance on; everything nearer is done while the live one stands still. */
const switchDistance = 2_000
/** Retired generations are kept a while: a query of another process may still be in one. */
const retiredKeptMs = 60_000

/** Starts a projection's runner. */
export function runProjection(parts: RunnerParts, view: CompiledView): ProjectionRunner {
  const { engine, tail, generations, inline, gate, clock } = parts
  const stopping = new AbortController()
  const { signal } = stopping
  let state: ProjectionRunner['state'] = 'idle'
  let error: string | null = null
  let rebuild: { generation: string; startedAt: number; start: Position; feeder: Feeder } | null = null
  let building: Promise<void> | null = null
  /** Held by whoever feeds the live generation or switches it. */
  const turn = exclusive()
  const started = Promise.withResolvers<void>()

  const withLease = async <T>(name: string, work: (lease: Lease) => Promise<T>): Promise<T | null> => {
    const lease = await engine.work.lease(name, leaseOwner, leaseMs)
    // Whoever lost a lease hears of it at the next commit, which proves it.
    return lease && owning(engine, lease, () => work(lease))
  }

  const firstGeneration = async (): Promise<Generation | null> =>
    (await generations.live(view)) ?? (await generations.newest(view, 'building')) ?? (await generations.add(view, 'building'))

  /** Feeds a page; says whether that was the end of the log when it was read. */
  const feedOnce = async (feeder: Feeder): Promise<boolean> => {
    const page = await tail.read(feeder.position, pageSize)
    const full = page.events.length === pageSize
    if (page.to > feeder.position) await feeder.feed(page, full)
    if (full) {
      // Reading and folding a page takes some milliseconds: others get a turn in between.
      await new Promise((resolve) => setImmediate(resolve))
      return false
    }
    await feeder.flush()
    return true
  }

  const feedUpTo = async (feeder: Feeder, position: Position): Promise<void> => {
    while (feeder.position < position) await feedOnce(feeder)
    await feeder.flush()
  }

  const feedLive = async (generation: Generation, lease: Lease): Promise<void> => {
    let current = generation
    const skips = await recordedSkips(engine, view.name)
    const parked = await parkedDocuments(parts, view, current, skips)
    const how: FeedOptions = { parked, skips }
    let feeder = feederOf(engine, view, current, lease, await generations.position(current), how)
    let retriedAt = performance.now()
    const retryParked = async (): Promise<void> => {
      if (parked.size === 0 || performance.now() - retriedAt < retryLookMs) return
      retriedAt = performance.now()
      await feeder.flush()
      for (const document of await parked.retry(feeder.written, lease)) feeder.forget(document)
    }
    const { era } = tail.history
    while (!signal.aborted) {
      const { mark } = tail
      if (tail.history.era !== era) throw new FeedLost('the store was restored or adopted')
      await startRequested(current, lease)
      if (current.state === 'live' && (await generations.live(view))?.id !== current.id) return
      const atEnd = await turn(async () => {
        await retryParked()
        if (view.mode === 'inline') {
          // The head first: commits move both, so that a checkpoint that is read later was at least there.
          const { position: head } = await engine.events.head()
          const checkpoint = await generations.position(current)
          if (checkpoint !== feeder.written) feeder = feederOf(engine, view, current, lease, checkpoint, how)
          if (checkpoint >= head) return true
          if (current.state === 'live' && head - checkpoint < switchDistance) return catchUpInline(current, lease, how)
        }
        return feedOnce(feeder)
      })
      error = parked.size > 0 ? `${parked.size} documents wait behind dead letters.` : null
      if (!atEnd || current.state === 'live') started.resolve()
      if (!atEnd) {
        state = current.state === 'building' ? 'building' : 'catching-up'
        continue
      }
      if (current.state === 'building') {
        if (!(await generations.change(current, 'live'))) throw new FeedLost('the first generation was changed elsewhere')
        current = { ...current, state: 'live' }
        continue
      }
      state = 'live'
      await tail.stirred(mark, 1_000, signal)
      // Commits carry an inline view along: a look after each of them would cost more than they do.
      if (view.mode === 'inline') await rest(inlineRestMs, signal)
    }
    await feeder.flush()
  }

  /** Brings an inline view to the head while no commit of this process moves it; from there on commits carry it. */
  const catchUpInline = (generation: Generation, lease: Lease, how: FeedOptions): Promise<boolean> =>
    gate.alone(async () => {
      // Read only now: until the gate was closed, commits may have moved it.
      const checkpoint = await generations.position(generation)
      const feeder = feederOf(engine, view, generation, lease, checkpoint, how)
      await feedUpTo(feeder, (await engine.events.head()).position)
      return true
    })

  const startRequested = async (live: Generation, lease: Lease): Promise<void> => {
    if (building || live.state !== 'live') return
    const wanted = await generations.newest(view, 'requested', 'building')
    if (!wanted) return
    building = build(wanted, live, lease)
      .catch(async (cause: unknown) => {
        if (signal.aborted || cause instanceof FeedLost) return
        const current = (await generations.list(view.name)).find(({ id }) => id === wanted.id)
        if (current?.state === 'building') await generations.change(current, 'failed', messageOf(cause))
      })
      .catch(() => {})
      .finally(() => {
        building = null
        rebuild = null
      })
  }

  const build = async (wanted: Generation, live: Generation, liveLease: Lease): Promise<void> => {
    await withLease(consumerOf(wanted), async (lease) => {
      await engine.views.prepare(view.shape(wanted.id))
      if (wanted.state === 'requested' && !(await generations.change(wanted, 'building'))) return
      const generation: Generation = { ...wanted, state: 'building' }
      // Each page proves that nobody cancelled it.
      const still: GenerationWrite = { generation, expected: 'building' }
      const start = await generations.position(generation)
      const skips = await recordedSkips(engine, view.name)
      const feeder = feederOf(engine, view, generation, lease, start, {
        parked: null,
        skips,
        alongside: { generations: [still] },
      })
      rebuild = { generation: generation.id, startedAt: clock(), start, feeder }
      while (!signal.aborted) {
        const { position: head } = await engine.events.head()
        if (head - feeder.position > switchDistance) {
          await feedOnce(feeder)
          continue
        }
        await feeder.flush()
        if (await turn(() => takeOver(generation, live, feeder, [lease, liveLease]))) return
      }
      await feeder.flush()
    })
  }

  /** The last events and the switch, while the live generation stands still. */
  const takeOver = async (
    generation: Generation,
    live: Generation,
    feeder: Feeder,
    leases: readonly Lease[],
  ): Promise<boolean> => {
    const finish = async (): Promise<boolean> => {
      await feedUpTo(feeder, view.mode === 'inline' ? (await engine.events.head()).position : await generations.position(live))
      const changedAt = clock()
      const { outcome } = await engine.events.commit({
        generations: [
          { generation: { ...generation, state: 'live', changedAt }, expected: 'building', notBehind: live.id },
          { generation: { ...live, state: 'retired', changedAt }, expected: 'live' },
        ],
        leases,
      })
      // Whoever lost the live generation's lease can never switch: it is for the next owner.
      if (outcome === 'fenced') throw new FeedLost(`${live.id}: fenced`)
      return outcome === 'committed'
    }
    if (view.mode === 'async') return finish()
    const letGo = inline.hold(view.name)
    try {
      return await gate.alone(finish)
    } finally {
      letGo()
    }
  }

  /** Removes what nobody can be asking any more. */
  const sweep = async (): Promise<void> => {
    for (const { id, state: ended, changedAt } of await generations.list(view.name)) {
      if (['retired', 'cancelled', 'failed'].includes(ended) && clock() - changedAt > retiredKeptMs) await engine.views.drop(id)
    }
  }

  const run = async (): Promise<void> => {
    let retryMs = firstRetryMs
    while (!signal.aborted) {
      try {
        const generation = await firstGeneration()
        if (!generation) continue
        const owned = await withLease(consumerOf(generation), async (lease) => {
          await engine.views.prepare(view.shape(generation.id))
          await sweep()
          await feedLive(generation, lease)
          return true
        })
        retryMs = firstRetryMs
        if (owned) continue
        state = 'idle'
        started.resolve()
        await rest(leaseMs / 5, signal)
      } catch (cause) {
        if (signal.aborted) break
        if (cause instanceof FeedLost) continue
        state = 'retrying'
        started.resolve()
        error = messageOf(cause)
        await rest(retryMs * (0.75 + Math.random() / 2), signal)
        retryMs = Math.min(retryMs * 2, lastRetryMs)
      }
    }
    await building
    state = 'stopped'
  }

  const running = run().finally(started.resolve)
  return {
    get state() {
      return state
    },
    get error() {
      return error
    },
    get rebuild() {
      if (!rebuild) return null
      const { generation, startedAt, start, feeder } = rebuild
      const seconds = Math.max((clock() - startedAt) / 1_000, 0.001)
      return { generation, position: feeder.written, eventsPerSecond: (feeder.written - start) / seconds }
    },
    started: started.promise,
    async stop() {
      stopping.abort()
      await running
    },
  }
}
