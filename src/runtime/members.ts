/**
 * The processes that feed views, and what each of them holds.
 *
 * A process has one lease for itself, its membership, and renews it. The leases of shards are not renewed: they hold for as
 * long as their owner is a member, or until somebody else takes them. So an idle process writes one row every few seconds,
 * however many views and shards it has.
 *
 * What is seen here may be old: two processes may think for a moment that a shard is theirs. That costs one of them a page
 * of work, because every commit proves its leases.
 */
import { createHash } from 'node:crypto'
import type { Engine } from '../ports/engine.ts'
import type { HeldLease, Lease } from '../ports/work-store.ts'
import type { CompiledView } from './compiled-view.ts'
import { leaseMs } from './leased.ts'
import { feedingPrefix } from './shares.ts'
import type { Writes } from './writes.ts'

/** The processes that feed views, as they were seen at some moment. */
export interface Standing {
  /** Those that should share what this process can feed, in the same order for everybody. */
  readonly peers: readonly string[]
  /** The living process that has a lease; null for none. */
  holder(lease: string): string | null
}

/** This process among those that feed views. */
export interface Members {
  readonly owner: string
  /** The standing as it was at most so long ago. */
  seen(maxAgeMs: number): Promise<Standing>
  /** Takes those of some leases that no living process has; those that this process has are not given again. */
  claim(names: readonly string[]): Promise<readonly Lease[]>
  /** Gives leases back. */
  release(leases: Iterable<Lease>): Promise<void>
  /** Gives the membership back. */
  close(): Promise<void>
}

const memberPrefix = `${feedingPrefix}member/`

/** Who of the living has which lease, by the leases that are held. */
export function holdersOf(held: readonly HeldLease[]): { readonly living: Set<string>; readonly holders: Map<string, string> } {
  const members = held.filter(({ name, lapsed }) => name.startsWith(memberPrefix) && !lapsed)
  const living = new Set(members.map(({ owner }) => owner))
  const holders = new Map(held.filter(({ owner }) => living.has(owner)).map(({ name, owner }) => [name, owner]))
  return { living, holders }
}

/** Makes this process a member once it first looks. `guest`: it has a part only in what no other process would feed. */
export function membersOf(
  {
    engine,
    owner: app,
    writes,
    clock,
  }: { readonly engine: Engine; readonly owner: string; readonly writes: Writes; readonly clock: () => number },
  views: readonly CompiledView[],
  guest: boolean,
): Members {
  // Processes of another release may feed other generations: nothing is left to them that they might not take.
  const release = createHash('sha256')
    .update(JSON.stringify(views.map(({ name, version, fingerprint }) => [name, version, fingerprint])))
    .digest('hex')
    .slice(0, 8)
  const owner = `${app}:${guest ? 'guest:' : ''}${release}`
  let membership: Lease | null = null
  let closed = false
  const mine = new Map<string, Lease>()
  const asked = new Set<string>()
  let standing: Standing | null = null
  let seenAt = { real: 0, told: 0 }
  let looking: Promise<Standing> | null = null

  /** Takes the first place that is free, so that there are no more rows than there were ever processes at once. */
  const join = async (held: readonly HeldLease[]): Promise<void> => {
    const taken = new Set(held.filter(({ lapsed }) => !lapsed).map(({ name }) => name))
    let place = 0
    while (taken.has(`${memberPrefix}${place}`)) place++
    membership = await engine.work.lease(`${memberPrefix}${place}`, owner, leaseMs)
  }

  /** Gives back what this process has without knowing, because an answer was lost: nobody else could ever take it. */
  const giveBackLost = async (held: readonly HeldLease[]): Promise<void> => {
    const lost = held.filter((lease) => {
      const unknown = lease.owner === owner && !lease.name.startsWith(memberPrefix)
      return unknown && !asked.has(lease.name) && (mine.get(lease.name)?.token ?? 0) < lease.token
    })
    await Promise.all(lost.map((lease) => engine.work.release(lease).catch(() => {})))
  }

  const look = async (): Promise<Standing> => {
    for (;;) {
      const held = await engine.work.leases(feedingPrefix)
      const { living, holders } = holdersOf(held)
      if (!living.has(owner) && !closed) {
        await join(held)
        continue
      }
      await giveBackLost(held)
      const equals = [...living].filter((one) => one.endsWith(`:${release}`)).sort()
      const residents = equals.filter((one) => !one.endsWith(`:guest:${release}`))
      const peers = residents.length > 0 ? residents : equals
      return { peers, holder: (lease) => holders.get(lease) ?? null }
    }
  }

  const seen: Members['seen'] = async (maxAgeMs) => {
    const ages = [performance.now() - seenAt.real, Math.abs(clock() - seenAt.told)]
    if (standing && ages.every((age) => age < maxAgeMs)) return standing
    looking ??= look().finally(() => {
      looking = null
    })
    standing = await looking
    seenAt = { real: performance.now(), told: clock() }
    return standing
  }

  const renewal = setInterval(async () => {
    if (membership) await engine.work.lease(membership.name, owner, leaseMs).catch(writes.failed)
  }, leaseMs / 3)
  renewal.unref()

  return {
    owner,
    seen,
    async claim(names) {
      const { holder } = await look()
      const free = names.filter((name) => holder(name) === null)
      for (const name of free) asked.add(name)
      try {
        const answers = await Promise.all(free.map((name) => engine.work.lease(name, owner, leaseMs)))
        const taken = answers.filter((lease) => lease !== null)
        for (const lease of taken) mine.set(lease.name, lease)
        return taken
      } finally {
        for (const name of free) asked.delete(name)
      }
    },
    async release(leases) {
      const given = [...leases]
      for (const { name, token } of given) if (mine.get(name)?.token === token) mine.delete(name)
      await Promise.all(given.map((lease) => engine.work.release(lease).catch(() => {})))
    },
    async close() {
      closed = true
      clearInterval(renewal)
      if (membership) await engine.work.release(membership).catch(() => {})
    },
  }
}
