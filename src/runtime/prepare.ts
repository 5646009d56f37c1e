/** One decision of a command, made ready to be committed: all business code that a commit depends on has run then. */
import type { DecisionContext } from '../model/decision.ts'
import { KhataError } from '../model/error.ts'
import type { UnplacedEvent } from '../model/recorded-event.ts'
import type { Rejection } from '../model/rejection.ts'
import { type Moment, momentFrom } from '../model/timestamp.ts'
import type { Flight } from './flight.ts'
import { newId } from './new-id.ts'
import { decide, type Plan, planOf } from './plan.ts'
import type { Registry } from './registry.ts'
import type { Subject } from './subject.ts'

/** What became of a decision before its commit. All but `ready` stands only if the state was the newest. */
export type Prepared =
  | {
      readonly kind: 'ready'
      readonly plan: Plan
      readonly events: readonly UnplacedEvent[]
      /** The subject's state after the events. */
      readonly state: unknown
    }
  | { readonly kind: 'rejected'; readonly rejection: Rejection }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Decides on the subject's state as it is, and takes the events into it. Never throws. */
export function prepare(registry: Registry, flight: Flight, subject: Subject, at: number): Prepared {
  const { target, options, origin } = flight
  try {
    checkVersion(flight, subject)
    const now = new Date(at)
    const occurredAt = momentFrom(options.occurredAt ?? now) as Moment
    const context: DecisionContext = {
      streamId: subject.streamId,
      version: subject.version,
      now,
      occurredAt: occurredAt.text,
      commandId: origin.commandId,
      newId,
      user: (options.user ?? null) as DecisionContext['user'],
      metadata: origin.metadata,
    }
    const decision = decide(target, flight.input, subject.state, context)
    if ('rejected' in decision) return { kind: 'rejected', rejection: decision }
    const plan = planOf(registry, target, decision, { ...subject.guard, streamId: subject.streamId, occurredAt }, origin)
    const events = plan.streams.flatMap((stream) => stream.events.map(({ event }) => event))
    return { kind: 'ready', plan, events, state: subject.after(events) }
  } catch (error) {
    return { kind: 'failed', error }
  }
}

function checkVersion({ options: { expectedVersion }, target }: Flight, subject: Subject): void {
  if (expectedVersion === undefined || subject.version === expectedVersion) return
  throw new KhataError(
    'precondition-failed',
    `${target.owner}/${subject.streamId} is at version ${subject.version}, not ${expectedVersion}.`,
    { expected: expectedVersion, actual: subject.version },
  )
}
