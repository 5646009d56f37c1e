/**
 * What reactors, processes and schedules have done goes with the log: without it, the copy would send every mail of the
 * past again; and what was discarded for documents of views, because it is nowhere in the log. Taken from the source before the last of the log is copied, so that it is never ahead of it.
 */
import { isDeepStrictEqual } from 'node:util'
import { KhataError } from '../model/error.ts'
import type { Engine } from '../ports/engine.ts'
import type { Commit } from '../ports/event-store.ts'
import type { ConsumerState, DeadLetter, Note, Timer } from '../ports/reaction-store.ts'
import { skipNotes } from '../runtime/parked-documents.ts'

const pageLimit = 1_000

/** How far consumers are and what waits for them. */
export interface Places {
  readonly consumers: readonly ConsumerState[]
  /** By consumer and shard. */
  readonly checkpoints: ReadonlyMap<string, ReadonlyMap<number, number>>
  readonly timers: readonly Timer[]
  readonly letters: readonly DeadLetter[]
  /** What was discarded for documents of views. */
  readonly skips: readonly Note[]
}

/** Reads the places of a store's reactors, processes and schedules. Views have theirs in the copy. */
export async function placesOf(store: Engine): Promise<Places> {
  const consumers = await store.reactions.consumers()
  const checkpoints = new Map<string, ReadonlyMap<number, number>>()
  for (const { name } of consumers) checkpoints.set(name, await store.work.checkpoints(name))
  const timers = await store.reactions.timers({ limit: Number.MAX_SAFE_INTEGER })
  const letters: DeadLetter[] = []
  for (let after: string | undefined; ; ) {
    const page = await store.reactions.deadLetters({ ...(after === undefined ? {} : { after }), limit: pageLimit })
    letters.push(...page.filter(({ consumer }) => !consumer.startsWith('view/')))
    after = page.at(-1)?.id
    if (page.length < pageLimit) break
  }
  return { consumers, checkpoints, timers, letters, skips: await skipNotes(store) }
}

/**
 * Gives a store the places of another one, in one commit: what is there already is brought up to it.
 * @throws KhataError `usage` as `checkNotAtWork`
 */
export async function givePlaces(to: Engine, places: Places): Promise<void> {
  const now = await checkNotAtWork(to, places)
  const has = new Map(now.consumers.map((consumer) => [consumer.name, consumer]))
  const letters = new Map(now.letters.map((letter) => [letter.id, letter]))
  // A lane has one letter, perhaps another one than in the copy: it is replaced in its place.
  const inLane = new Map(now.letters.map((letter) => [laneOf(letter), letter]))
  const wanted = new Set(places.letters.map(({ id }) => id))
  const timers = new Map(now.timers.map((timer) => [timer.id, timer]))
  const due = new Set(places.timers.map(({ id }) => id))
  const skips = new Set(now.skips.map(({ id }) => id))
  const commit = {
    consumers: places.consumers
      .filter((consumer) => !isDeepStrictEqual(consumer, has.get(consumer.name)))
      .map((consumer) => ({ consumer, expected: has.get(consumer.name)?.state ?? null })),
    checkpoints: [...places.checkpoints].flatMap(([consumer, shards]) =>
      [...shards]
        .map(([shard, position]) => ({ consumer, shard, from: positionIn(now, consumer, shard), to: position }))
        .filter((move) => move.from !== move.to),
    ),
    timers: [
      ...now.timers.filter(({ id }) => !due.has(id)).map(({ id }) => ({ cancel: id })),
      ...places.timers.filter((timer) => !isDeepStrictEqual(timer, timers.get(timer.id))).map((set) => ({ set })),
    ],
    deadLetters: [
      ...now.letters.filter(({ id }) => !wanted.has(id)).map(({ id, changedAt }) => ({ remove: id, expected: changedAt })),
      ...places.letters
        .filter((letter) => !isDeepStrictEqual(letter, letters.get(letter.id)))
        .map((letter) => ({ letter, expected: inLane.get(laneOf(letter))?.changedAt ?? null })),
    ],
    notes: places.skips.filter(({ id }) => !skips.has(id)),
  } satisfies Commit
  if (Object.values(commit).every((list) => list.length === 0)) return
  const { outcome } = await to.events.commit(commit)
  if (outcome === 'committed') return
  throw new KhataError(
    'conflict',
    `Somebody else wrote into ${to.name} meanwhile: what reactors, processes and schedules have done was not copied. Run the same again when nothing works on it.`,
    { clause: 'moved-on' },
  )
}

function laneOf({ consumer, lane }: DeadLetter): string {
  return `${consumer}\u0000${lane}`
}

function positionIn(places: Places, consumer: string, shard: number): number {
  return places.checkpoints.get(consumer)?.get(shard) ?? 0
}

/**
 * Refuses to take anything back: a consumer that has gone on by itself would do it again. Answers the places as they are.
 * @throws KhataError `usage`
 */
export async function checkNotAtWork(to: Engine, places: Places): Promise<Places> {
  const now = await placesOf(to)
  for (const [consumer, shards] of now.checkpoints) {
    for (const [shard, position] of shards) {
      if (position <= positionIn(places, consumer, shard)) continue
      throw new KhataError(
        'usage',
        `${consumer} is further in ${to.name} than in the source: the copy is at work already, or the source's was rewound. Nothing more was copied into it; if it is not at work, copy into an empty store.`,
        null,
      )
    }
  }
  return now
}
