import type { Engine, Identity } from '../ports/engine.ts'
import type { Health, Projections, Reactions } from './app.ts'
import type { History } from './history.ts'
import type { Writes } from './writes.ts'

/** What health is read from. */
export interface HealthParts {
  readonly engine: Engine
  readonly identity: Identity
  readonly history: History
  readonly projections: Projections
  readonly reactions: Reactions
  /** Why not all timers that are due are acted on, if this process looks after them; null otherwise. */
  readonly timersHeld: string | null
  /** Sentences about what went wrong without stopping anything. */
  readonly problems: ReadonlySet<string>
  readonly writes: Writes
  readonly closing: AbortSignal
}

/** How an app is, with what needs a person's attention. */
export async function healthOf({
  engine,
  identity,
  history,
  projections,
  reactions,
  timersHeld,
  problems,
  writes,
  closing,
}: HealthParts): Promise<Health> {
  const [head, list, consumers] = await Promise.all([engine.events.head(), projections.list(), reactions.list()])
  const attention = [...(history.broken === null ? [] : [history.broken]), ...problems]
  const { refusal } = writes
  if (refusal !== null) attention.push(`The store takes no writes: ${refusal}`)
  if (identity.home !== identity.here) {
    attention.push(
      `The store was copied or moved from ${identity.home}: run \`khata adopt\` if this is where it lives now, and start ` +
        'again. Until then no reactor, process or schedule of this copy runs.',
    )
  }
  for (const projection of list) {
    if (projection.state === 'retrying') {
      attention.push(
        `The projection '${projection.name}' stands still at position ${projection.position} and is retried: ${projection.error}`,
      )
    }
    if (projection.rebuild?.state === 'failed') {
      attention.push(`The rebuild of '${projection.name}' failed: ${projection.rebuild.error}`)
    }
  }
  for (const consumer of consumers) {
    if (consumer.parked > 0) attention.push(`${consumer.parked} dead letters of ${consumer.name} wait for somebody.`)
    if (['stopped', 'retrying', 'waiting'].includes(consumer.state)) {
      attention.push(`${consumer.name} is ${consumer.state}: ${consumer.reason ?? 'no reason is known'}`)
    }
  }
  if (timersHeld !== null) attention.push(`Not all timers that are due are acted on: ${timersHeld}`)
  return {
    ready: !closing.aborted && refusal === null,
    attention,
    store: { name: engine.name, head: head.position, epoch: history.epoch },
    projections: list,
    consumers,
  }
}
