import type { Position } from '../../model/units.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Commit } from '../../ports/event-store.ts'
import type { ConsumerState } from '../../ports/reaction-store.ts'
import type { Consumer } from './consumer.ts'

/** Beside the checkpoint, shard 0, a consumer keeps after which position it began: what is before was never its work. */
export const beginning = 1

/**
 * What a commit must hold to register a consumer that is not there, in a state: its checkpoint is then where it begins.
 * `now`: after which position it begins when it begins with what happens from now on, if that is not the end of the log.
 */
export async function registration(
  engine: Engine,
  consumer: Consumer,
  state: Omit<ConsumerState, 'name'>,
  now?: Position | null,
): Promise<Pick<Commit, 'consumers' | 'checkpoints'>> {
  const { name, settings } = consumer
  const head = settings.start === 'now' ? (now ?? (await engine.events.head()).position) : 0
  // It may have been set somewhere before it was ever started; then that is where it begins.
  const placed = (await engine.work.checkpoints(name)).size > 0
  return {
    consumers: [{ consumer: { name, ...state }, expected: null }],
    checkpoints: head === 0 || placed ? [] : [0, beginning].map((shard) => ({ consumer: name, shard, from: 0, to: head })),
  }
}

/** Registers a consumer unless it is there; answers its state. */
export async function registered(
  engine: Engine,
  consumer: Consumer,
  clock: () => number,
  now?: Position | null,
): Promise<ConsumerState> {
  for (;;) {
    const known = (await engine.reactions.consumers()).find(({ name }) => name === consumer.name)
    if (known) return known
    // Another process may be faster; then it has chosen the beginning.
    await engine.events.commit(
      await registration(engine, consumer, { state: 'running', reason: null, changedAt: clock() }, now),
    )
  }
}
