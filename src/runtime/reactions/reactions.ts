/** What operators see of reactors and processes and do with them. Everything they do leaves a note. */
import { KhataError } from '../../model/error.ts'
import type { Position } from '../../model/units.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Commit } from '../../ports/event-store.ts'
import type { ConsumerState, DeadLetterCount, DeadLetterWrite, TimerWrite } from '../../ports/reaction-store.ts'
import type { Lease } from '../../ports/work-store.ts'
import type { ConsumerStatus, Operator, Reactions } from '../app-reactions.ts'
import { leaseMs } from '../leased.ts'
import type { Registry } from '../registry.ts'
import { storable } from '../storable.ts'
import type { Consumer } from './consumer.ts'
import type { ConsumerRunner } from './consumer-runner.ts'
import { deadLettersOf, noteEntry } from './dead-letters.ts'
import { commandsForLater } from './later.ts'
import { lettersOf, letterTimer } from './letters.ts'
import type { Noter } from './notes.ts'
import { beginning, registration } from './registration.ts'

/** What reactions are made of. */
export interface ReactionsParts {
  readonly engine: Engine
  /** Who asks for leases. */
  readonly owner: string
  readonly registry: Registry
  readonly consumers: ReadonlyMap<string, Consumer>
  readonly runners: ReadonlyMap<string, ConsumerRunner>
  /** Why this process runs none of them although it should; null otherwise. */
  readonly held: string | null
  readonly notes: Noter
  readonly clock: () => number
}

const maxLimit = 1_000
const countedTimers = 1_000
const haltedWithinMs = 5_000
const haltedLookMs = 50

/** The reactions of an app. */
export function reactionsOf(parts: ReactionsParts): Reactions {
  const { engine, owner, registry, consumers, runners, held, notes, clock } = parts
  const consumerNamed = (name: string): Consumer => {
    const consumer = consumers.get(name) ?? consumers.get(`reactor/${name}`) ?? consumers.get(`process/${name}`)
    if (!consumer) throw new KhataError('unknown-consumer', `There is no reactor or process '${name}'.`, { consumer: name })
    return consumer
  }
  const storedState = async ({ name }: Consumer): Promise<ConsumerState | undefined> =>
    (await engine.reactions.consumers()).find((known) => known.name === name)

  const steer = async (
    name: string,
    state: ConsumerState['state'],
    reason: string | null,
    kind: string,
    by: Operator,
  ): Promise<void> => {
    const consumer = consumerNamed(name)
    for (;;) {
      const now = await storedState(consumer)
      const changed = { state, reason, changedAt: clock() }
      const { outcome } = await engine.events.commit({
        ...(now
          ? { consumers: [{ consumer: { name: consumer.name, ...changed }, expected: now.state }] }
          : await registration(engine, consumer, changed)),
        notes: [notes.make(kind, consumer.name, null, { reason }, by.by ?? null)],
      })
      if (outcome === 'committed') return
    }
  }

  const statusOf = async (
    consumer: Consumer,
    stored: ConsumerState | undefined,
    counts: readonly DeadLetterCount[],
  ): Promise<ConsumerStatus> => {
    const { position: head } = await engine.events.head()
    const position = (await engine.work.checkpoints(consumer.name)).get(0) ?? 0
    const runner = runners.get(consumer.name)
    const own = counts.filter((count) => count.consumer === consumer.name)
    const parked = own.find(({ state }) => state === 'parked')?.count ?? 0
    const oldest = Math.min(...own.map(({ oldestAt }) => oldestAt))
    return {
      name: consumer.name,
      state: stored && stored.state !== 'running' ? stored.state : (runner?.state ?? 'idle'),
      reason: stored?.reason ?? runner?.error ?? held,
      position,
      head,
      lag: Math.max(0, head - position),
      parked,
      retrying: own.reduce((sum, { count }) => sum + count, 0) - parked,
      oldestDeadLetterAt: own.length === 0 ? null : new Date(oldest).toISOString(),
    }
  }

  /** The lease of a consumer that was told to halt, as soon as nobody works under it; null when that takes too long. */
  const haltedLease = async (name: string): Promise<Lease | null> => {
    const deadline = performance.now() + haltedWithinMs
    for (;;) {
      const lease = await engine.work.lease(name, `${owner}:rewind`, leaseMs)
      if (lease || performance.now() > deadline) return lease
      await new Promise((resolve) => setTimeout(resolve, haltedLookMs))
    }
  }

  /** Dead letters that a rewind makes void: their events come again. */
  const overtaken = async ({ name }: Consumer, position: Position): Promise<Pick<Commit, 'deadLetters' | 'timers'>> => {
    const deadLetters: DeadLetterWrite[] = []
    const timers: TimerWrite[] = []
    for await (const { id, position: failed, changedAt } of lettersOf(engine).all(name)) {
      if (failed <= position) continue
      deadLetters.push({ remove: id, expected: changedAt })
      timers.push({ cancel: letterTimer(name, id).id })
    }
    return { deadLetters, timers }
  }

  return {
    ...deadLettersOf({ engine, registry, consumerNamed, notes, clock }),
    ...commandsForLater(engine, registry),
    async list() {
      const [stored, counts] = await Promise.all([engine.reactions.consumers(), engine.reactions.deadLetterCounts()])
      return Promise.all(
        [...consumers.values()].map((one) =>
          statusOf(
            one,
            stored.find(({ name }) => name === one.name),
            counts,
          ),
        ),
      )
    },
    async status(name) {
      const one = consumerNamed(name)
      return statusOf(one, await storedState(one), await engine.reactions.deadLetterCounts())
    },
    pause: (name, options = {}) =>
      steer(name, 'paused', options.reason === undefined ? null : storable(options.reason), 'paused', options),
    resume: (name, options = {}) => steer(name, 'running', null, 'resumed', options),
    async rewind(name, position: Position, options = {}) {
      const consumer = consumerNamed(name)
      if ((await storedState(consumer))?.state === 'running')
        throw new KhataError('usage', `Pause '${name}' before it is rewound: it is running.`, null)
      const { position: head } = await engine.events.head()
      if (!Number.isSafeInteger(position) || position < 0 || position > head) {
        throw new KhataError('usage', `A place to rewind to is a position from 0 to ${head}.`, null)
      }
      const halting = () => new KhataError('usage', `'${name}' is still coming to a halt: try again.`, null)
      // Under the lease, so that nothing that is still in work leaves a letter or a checkpoint behind.
      const lease = await haltedLease(consumer.name)
      if (!lease) throw halting()
      try {
        const places = await engine.work.checkpoints(consumer.name)
        const [from, began] = [places.get(0) ?? 0, places.get(beginning) ?? 0]
        const { outcome } = await engine.events.commit({
          leases: [lease],
          checkpoints: [
            { consumer: consumer.name, shard: 0, from, to: position },
            ...(position < began ? [{ consumer: consumer.name, shard: beginning, from: began, to: position }] : []),
          ],
          ...(await overtaken(consumer, position)),
          notes: [notes.make('rewound', consumer.name, null, { from, to: position }, options.by ?? null)],
        })
        if (outcome !== 'committed') throw halting()
      } finally {
        await engine.work.release(lease)
      }
    },
    async backlog() {
      const [counts, due] = await Promise.all([
        engine.reactions.deadLetterCounts(),
        engine.reactions.timers({ dueBy: clock(), limit: countedTimers }),
      ])
      return {
        deadLetters: counts.map((count) => ({ ...count, oldestAt: new Date(count.oldestAt).toISOString() })),
        timersDue: due.length,
      }
    },
    async notes(options = {}) {
      const found = await engine.reactions.notes({
        ...(options.eventIds ? { eventIds: options.eventIds } : {}),
        ...(options.kinds ? { kinds: options.kinds } : {}),
        limit: Math.min(options.limit ?? 100, maxLimit),
      })
      return found.map(noteEntry)
    },
  }
}
