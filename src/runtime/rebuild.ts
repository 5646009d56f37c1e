/**
 * Builds a new generation of a view beside the live one, and lets it take over.
 *
 * One process builds, with all the shards of the new generation in its hands. For the switch it takes a lease that the
 * owners of the live shards look out for: they write what they have and let go. With every lease of the live generation
 * taken, nobody can move it. The new one is brought to where the live one's furthest shard stands, so that nobody who has
 * read sees anything older, and takes over in one commit that proves all leases. When the builder dies, the switch lease
 * means nothing any more, and the live shards go on.
 */
import type { Position } from '../model/units.ts'
import type { Generation, GenerationWrite, Lease } from '../ports/work-store.ts'
import type { CompiledView } from './compiled-view.ts'
import { FeedLost } from './feeder.ts'
import { heldDocuments } from './held-documents.ts'
import { rest } from './leased.ts'
import { recordedSkips } from './parked-documents.ts'
import type { RunnerParts } from './projection-runner.ts'
import { type ShardFeeders, shardFeeders } from './shard-feeders.ts'
import { shardLease, switchLease } from './shares.ts'

/** A switch is tried from this distance on. */
const switchDistance = 2_000
/** The live shards may be waited for as long as it takes until a process that died is known to be dead. */
const waitForShardMs = 50
const waitsForShards = 400
const pauseAfterFailureMs = 2_000
const inlineTries = 20

/** What a build tells the runner. */
export interface BuildWatch {
  /** It begins to feed. */
  began(generation: Generation, feeders: ShardFeeders): void
  /** Ends the feeding of the live generation in this process; the function lets it begin again. */
  pause(): () => void
}

/**
 * Builds until the new generation has taken over; nothing happens when another process is at it.
 * @throws FeedLost, and what feeding throws
 */
export async function buildBeside(
  parts: RunnerParts,
  view: CompiledView,
  { wanted, live }: { readonly wanted: Generation; readonly live: Generation },
  watch: BuildWatch,
  signal: AbortSignal,
): Promise<void> {
  const { engine, generations, members, inline, gate, clock } = parts
  const leasesOf = async (generation: Generation): Promise<readonly string[]> =>
    (await generations.places(generation)).map((_, shard) => shardLease(generation, shard))

  /** The last events and the switch, with all leases of the live generation in hand. */
  const finish = async (generation: Generation, feeders: ShardFeeders, taken: readonly Lease[]): Promise<boolean> => {
    const furthest: Position =
      view.mode === 'inline' ? (await engine.events.head()).position : Math.max(...(await generations.places(live)))
    await feeders.feedUpTo(furthest)
    const changedAt = clock()
    const { outcome } = await engine.events.commit({
      generations: [
        { generation: { ...generation, state: 'live', changedAt }, expected: 'building', notBehind: live.id },
        { generation: { ...live, state: 'retired', changedAt }, expected: 'live' },
      ],
      leases: [...feeders.leases.values(), ...taken],
    })
    // Whoever lost a lease can never switch: it is for the next owner.
    if (outcome === 'fenced') throw new FeedLost(`${live.id}: fenced`)
    return outcome === 'committed'
  }

  /** Inline views are moved by commits as well: those of this process wait, those of others may come between. */
  const finishInline = async (generation: Generation, feeders: ShardFeeders, taken: readonly Lease[]): Promise<boolean> => {
    const letGo = inline.hold(view.name)
    try {
      return await gate.alone(async () => {
        for (let tries = 0; tries < inlineTries; tries++) if (await finish(generation, feeders, taken)) return true
        return false
      })
    } finally {
      letGo()
    }
  }

  const takeOver = async (generation: Generation, feeders: ShardFeeders): Promise<boolean> => {
    const taken = [...(await members.claim([switchLease(live)]))]
    if (taken.length === 0) return false
    const goOn = watch.pause()
    let done = false
    try {
      const names = await leasesOf(live)
      for (let waits = 0; taken.length <= names.length; waits++) {
        if (waits === waitsForShards || signal.aborted) return false
        if (waits > 0) await rest(waitForShardMs, signal)
        const have = new Set(taken.map(({ name }) => name))
        taken.push(...(await members.claim(names.filter((name) => !have.has(name)))))
      }
      done = await (view.mode === 'inline' ? finishInline : finish)(generation, feeders, taken)
      return done
    } finally {
      await members.release(done ? [...taken, ...feeders.leases.values()] : taken)
      goOn()
    }
  }

  /** Throws when there is nothing to take over any more. */
  const checkWanted = async (): Promise<void> => {
    generations.forget()
    const all = await generations.list(view.name)
    const stateOf = (id: string) => all.find((one) => one.id === id)?.state
    if (stateOf(wanted.id) === 'building' && stateOf(live.id) === 'live') return
    throw new FeedLost(`${wanted.id} is ${stateOf(wanted.id)}, ${live.id} is ${stateOf(live.id)}`)
  }

  const names = await leasesOf(wanted)
  const leases = await members.claim(names)
  try {
    if (leases.length < names.length) return
    await engine.views.prepare(view.shape(wanted.id))
    if (wanted.state === 'requested' && !(await generations.change(wanted, 'building'))) return
    const generation: Generation = { ...wanted, state: 'building' }
    // Each page proves that nobody cancelled it.
    const still: GenerationWrite = { generation, expected: 'building' }
    const feeders = shardFeeders(
      parts,
      view,
      { generation, count: names.length },
      {
        parked: null,
        skips: await recordedSkips(engine, view.name),
        documents: heldDocuments(),
        alongside: { generations: [still] },
      },
    )
    await feeders.hold(new Map(leases.map((lease) => [names.indexOf(lease.name), lease])))
    watch.began(generation, feeders)
    while (!signal.aborted) {
      const { position: head } = await engine.events.head()
      if (head - feeders.position > switchDistance) {
        await feeders.feed()
        continue
      }
      await feeders.flush()
      if (await takeOver(generation, feeders)) return
      await checkWanted()
      await rest(pauseAfterFailureMs * (0.5 + Math.random()), signal)
    }
    await feeders.flush()
  } finally {
    await members.release(leases)
  }
}
