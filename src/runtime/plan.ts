/** From what `decide` returned to what a commit needs. */
import type { AbsentGuard, DecisionContext, EventElsewhere, VersionGuard } from '../model/decision.ts'
import { KhataError } from '../model/error.ts'
import type { EventMetadata } from '../model/recorded-event.ts'
import { isRejection, type Rejection } from '../model/rejection.ts'
import type { Moment } from '../model/timestamp.ts'
import type { Version } from '../model/units.ts'
import type { Condition, StreamAppend } from '../ports/event-store.ts'
import { type EncodedEvent, encodeEvent } from './codec.ts'
import { asynchronous, gavePromise } from './gave-promise.ts'
import type { CommandTarget, Registry } from './registry.ts'
import { checkStreamId } from './stream-name.ts'

/** The events of one decision for one stream. */
export interface StreamPlan {
  readonly category: string
  readonly streamId: string
  expected: Version | null
  readonly events: EncodedEvent[]
}

/** A decision as streams, in the order their events are placed, and guards. */
export interface Plan {
  readonly streams: readonly StreamPlan[]
  readonly conditions: readonly Condition[]
  /** The rejection code of each condition. */
  readonly codes: readonly string[]
}

/** What every event of a command has in common. */
export interface CommandOrigin {
  readonly commandId: string
  readonly correlationId: string
  readonly metadata: EventMetadata
  readonly metadataText: string
  readonly newId: () => string
}

const maxEvents = 10_000

/**
 * Runs a command's `decide`.
 * @throws KhataError `handler-failed` when it throws, or rejects with a code that the command does not declare
 */
export function decide(
  target: CommandTarget,
  input: unknown,
  state: unknown,
  context: DecisionContext,
): Rejection | readonly unknown[] {
  let decision: unknown
  try {
    decision = target.command.decide(input as never, state as never, context)
  } catch (cause) {
    throw new KhataError('handler-failed', `decide of ${target.name} threw.`, { handler: target.name }, { cause })
  }
  if (isRejection(decision)) {
    const declared = target.command.rejections
    if (declared && !declared.includes(decision.rejected)) {
      throw new KhataError(
        'handler-failed',
        `${target.name} rejected with '${decision.rejected}', which its list of rejections does not have: add it there.`,
        { handler: target.name },
      )
    }
    target.seenRejections.add(decision.rejected)
    return decision
  }
  if (decision === null || decision === undefined) return []
  const items: readonly unknown[] = Array.isArray(decision) ? decision : [decision]
  // Each is looked at: a list of promises has as many that may be rejected.
  if (items.filter(gavePromise).length > 0) throw asynchronous(`decide of ${target.name}`, target.name)
  return items
}

/** Sorts a decision's items into streams and guards and encodes the events. The own stream comes first. */
export function planOf(
  registry: Registry,
  target: CommandTarget,
  items: readonly unknown[],
  own: { readonly streamId: string; readonly expected: Version | null; readonly occurredAt: Moment },
  origin: CommandOrigin,
): Plan {
  if (items.length > maxEvents) throw wrong(target, `returned more than ${maxEvents} events`)
  const streams = new Map<string, StreamPlan>()
  const streamOf = (category: string, streamId: string, expected: Version | null): StreamPlan => {
    const key = `${category}/${streamId}`
    let stream = streams.get(key)
    if (!stream) {
      stream = { category, streamId, expected, events: [] }
      streams.set(key, stream)
    }
    return stream
  }
  streamOf(target.owner, own.streamId, own.expected)
  const conditions: Condition[] = []
  const codes: string[] = []

  for (const item of items) {
    if (typeof item !== 'object' || item === null) throw wrong(target, 'returned something that is no event')
    if ('absent' in item) {
      const guard = item as AbsentGuard
      // API documents name it from here on, also when no list does.
      target.seenRejections.add(guard.code)
      conditions.push({ query: registry.stored(guard.absent), after: 0, clause: 'taken' })
      codes.push(guard.code)
    } else if ('at' in item) {
      const guard = item as VersionGuard
      const stream = streamOf(guard.at.category, checkStreamId(guard.at.id, 'at.id'), guard.version)
      if ((stream.expected ?? guard.version) !== guard.version) throw wrong(target, 'guards one stream with two versions')
      stream.expected = guard.version
    } else {
      const elsewhere = 'to' in item ? (item as EventElsewhere) : null
      const event = (elsewhere ? elsewhere.event : item) as EventElsewhere['event']
      const category = elsewhere ? elsewhere.to.category : target.owner
      const streamId = elsewhere ? checkStreamId(elsewhere.to.id, 'to.id') : own.streamId
      const kind = registry.kind(category, event.type)
      if (!kind) throw wrong(target, `returned an event '${category}.${event.type}' that no part of this app defines`)
      streamOf(category, streamId, null).events.push(
        encodeEvent(kind, event, {
          id: origin.newId(),
          streamId,
          metadata: origin.metadata,
          metadataText: origin.metadataText,
          occurredAt: own.occurredAt,
          commandId: origin.commandId,
          correlationId: origin.correlationId,
        }),
      )
    }
  }
  return { streams: [...streams.values()], conditions, codes }
}

/** The appends of a plan, as a commit takes them. A stream without events and without a version asks nothing. */
export function appendsOf(plan: Plan): readonly StreamAppend[] {
  return plan.streams
    .filter((stream) => stream.events.length > 0 || stream.expected !== null)
    .map(({ category, streamId, expected, events }) => ({
      category,
      streamId,
      expected,
      events: events.map(({ stored }) => stored),
    }))
}

function wrong(target: CommandTarget, what: string): KhataError<'handler-failed'> {
  return new KhataError('handler-failed', `decide of ${target.name} ${what}.`, { handler: target.name })
}
