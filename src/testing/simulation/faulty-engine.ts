/**
 * An engine as one process of a simulation sees it: answers come late, get lost on the way, or never come again because
 * the process was killed. The store underneath is shared and sound.
 */
import { KhataError } from '../../model/error.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Commit } from '../../ports/event-store.ts'
import type { Random } from './random.ts'

/** How likely each fault is at each call, 0 to 1. */
export interface Faults {
  /** A call waits for some milliseconds. */
  readonly delay: number
  /** A commit is refused before anything was written. */
  readonly refused: number
  /** A commit is written and its answer is lost. */
  readonly lost: number
  /** The process is killed at this call, before or after it is done. */
  readonly killed: number
  /** All calls of the process wait for longer than a lease: somebody else takes over meanwhile. */
  readonly paused: number
}

/** A guarantee that can be switched off, to see that the simulation notices. */
export type Mechanism = 'idempotency' | 'fencing' | 'versions'

/** An engine with faults, and the switch that kills its process. */
export interface FaultyEngine extends Engine {
  kill(): void
  readonly killed: boolean
}

/** Puts faults around an engine. `faults` is asked at each call, so that they can end. */
export function faultyEngine(
  engine: Engine,
  random: Random,
  faults: () => Faults | null,
  without: Mechanism | null,
  pass: (ms: number) => Promise<void>,
  onKill: () => void,
): FaultyEngine {
  let dead = false
  let pausedUntil: Promise<void> | null = null
  const kill = (): void => {
    if (dead) return
    dead = true
    onKill()
  }
  /** What a dead process waits for. */
  const never = <T>(): Promise<T> => new Promise<T>(() => {})

  const call = async <T>(work: () => Promise<T>, writes: boolean): Promise<T> => {
    const likely = faults()
    if (dead) return never()
    if (likely) {
      if (random.chance(likely.killed)) {
        // Half of the time what was under way still reaches the store.
        if (random.chance(0.5)) void work().catch(() => {})
        kill()
        return never()
      }
      if (random.chance(likely.delay)) await pass(1 + random.below(writes ? 3_000 : 50))
      if (random.chance(likely.paused)) pausedUntil = pass(20_000 + random.below(20_000))
      await pausedUntil
      if (dead) return never()
      if (writes && random.chance(likely.refused)) throw unavailable()
    }
    const answer = await work()
    if (dead) return never()
    if (likely && writes && random.chance(likely.lost)) throw unavailable()
    return answer
  }
  const reading = <T extends object>(port: T): T =>
    new Proxy(port, {
      get: (target, name) => {
        const value = Reflect.get(target, name) as unknown
        return typeof value === 'function' ? (...given: unknown[]) => call(() => value.apply(target, given), false) : value
      },
    })

  const events = reading(engine.events)
  return {
    name: engine.name,
    events: new Proxy(events, {
      get: (target, name) =>
        name === 'commit'
          ? (commit: Commit) => call(() => weakened(engine, commit, without).then((weak) => engine.events.commit(weak)), true)
          : Reflect.get(target, name),
    }),
    views: reading(engine.views),
    work: reading(engine.work),
    reactions: reading(engine.reactions),
    viewShards: engine.viewShards,
    identity: () => engine.identity(),
    adopt: () => engine.adopt(),
    onCommit: (listener) => engine.onCommit(() => (dead ? undefined : listener())),
    verify: (progress) => engine.verify(progress),
    importLog: (log) => engine.importLog(log),
    rememberedCommands: (range) => engine.rememberedCommands(range),
    importCommands: (commands) => engine.importCommands(commands),
    close: async () => {},
    [Symbol.asyncDispose]: async () => {},
    kill,
    get killed() {
      return dead
    },
  }
}

/** A commit without one of the things that make it safe. */
async function weakened(engine: Engine, commit: Commit, without: Mechanism | null): Promise<Commit> {
  if (without === 'idempotency') {
    const { command: _command, ...rest } = commit
    return rest
  }
  if (without === 'fencing') {
    const { leases: _leases, ...rest } = commit
    const checkpoints = []
    // A checkpoint that is not where its owner thinks would give it away as well.
    for (const move of rest.checkpoints ?? []) {
      checkpoints.push({ ...move, from: (await engine.work.checkpoints(move.consumer)).get(move.shard) ?? 0 })
    }
    return { ...rest, checkpoints }
  }
  if (without === 'versions' && commit.appends) {
    return { ...commit, appends: commit.appends.map((append) => ({ ...append, expected: null })) }
  }
  return commit
}

function unavailable(): KhataError<'store-unavailable'> {
  return new KhataError('store-unavailable', 'The connection broke (simulated).', { store: 'simulation' })
}
