/** `given` for aggregates and boundaries: runs one decision on past events as the command bus would, without a store. */
import { AssertionError } from 'node:assert'
import type { AnyAggregate } from '../model/aggregate.ts'
import type { AnyBoundary } from '../model/boundary.ts'
import type { DecisionContext } from '../model/decision.ts'
import { type FieldError, KhataError } from '../model/error.ts'
import type { EventMetadata, RecordedEvent, UnplacedEvent } from '../model/recorded-event.ts'
import { type Moment, momentFrom } from '../model/timestamp.ts'
import type { Timestamp } from '../model/units.ts'
import { findForbiddenText, validate } from '../model/validate.ts'
import { withoutPlace } from '../runtime/codec.ts'
import { evolveState, freeze } from '../runtime/fold.ts'
import { matches } from '../runtime/match.ts'
import { decide, type Plan, planOf } from '../runtime/plan.ts'
import { type CommandTarget, type Registry, registryOf } from '../runtime/registry.ts'
import { checkStreamId } from '../runtime/stream-name.ts'
import { type AnyPastEvent, pastId, pastTime, recordPast } from './given-events.ts'
import { throughJson } from './given-report.ts'

/** What a decision may be told; all have defaults, so that a test gives the same each time. */
export interface GivenContext {
  /** Default: one second after the last event given. */
  readonly now?: Date | Timestamp
  /** Default: `now`. */
  readonly occurredAt?: Date | Timestamp
  readonly user?: DecisionContext['user']
  readonly metadata?: EventMetadata
  readonly commandId?: string
}

/** What became of a command. */
export type Decided =
  | { readonly invalid: readonly FieldError[] }
  | { readonly rejected: string; readonly detail: unknown }
  | { readonly events: readonly UnplacedEvent[]; readonly own: { readonly category: string; readonly streamId: string } }

/** A part under test with the events it begins with. */
export interface Bench {
  /** The state of the stream or boundary that a command's input picks, after the events given and `more`. */
  state(input: unknown, more: readonly UnplacedEvent[]): unknown
  /** The state of an aggregate's stream before any command. */
  stateNow(): unknown
  /** @throws KhataError `handler-failed` when `decide` or `evolve` is at fault */
  decide(command: string, input: unknown, context: GivenContext): Decided
}

/** The stream of past events when no command names one. */
const unnamed = 'stream'

/** Sets up a part with past events; `use` are the parts whose events it writes or guards besides. */
export function benchOf(part: AnyAggregate | AnyBoundary, given: readonly AnyPastEvent[], use: readonly AnyAggregate[]): Bench {
  const sources = part.kind === 'boundary' ? part.definition.from : []
  const registry = registryOf([part, ...sources, ...use])
  const subject = part.kind === 'boundary' ? boundarySubject(part) : aggregateSubject(part)

  const fold = (input: unknown, more: readonly UnplacedEvent[]) => {
    const { streamId, initial, folds } = subject(input)
    const own = { category: part.name, id: streamId }
    const past = recordPast(registry, given, own)
    let state = freeze(structuredClone(initial))
    for (const event of [...past.map(withoutPlace), ...more])
      if (folds(event)) state = evolveState(part.name, part.definition, state, event)
    const version = past.filter((event) => event.category === part.name && event.streamId === streamId).length
    return { streamId, state, past, version }
  }

  return {
    state: (input, more) => fold(input, more).state,
    stateNow() {
      if (part.kind === 'boundary') throw usage('A boundary has a state only for a command that picks it: use when().')
      return fold({ [part.definition.id]: unnamed }, []).state
    },
    decide(command, input, options) {
      const target = registry.commands.get(command)
      if (!target || target.owner !== part.name) throw usage(`${part.name} has no command '${command}'.`)
      const checked = validate(target.command.input, input)
      if (checked.errors) return { invalid: checked.errors }
      const forbidden = findForbiddenText(checked.value)
      if (forbidden !== null) return { invalid: [{ path: forbidden, message: 'must be text that a store can hold' }] }
      const { streamId, state, past, version } = fold(checked.value, [])
      const context = contextOf(options, past.length + 1, streamId, part.kind === 'boundary' ? 0 : version)
      const occurredAt = momentFrom(context.occurredAt) as Moment
      const decision = decide(target, checked.value, state, context)
      if ('rejected' in decision) return { rejected: decision.rejected, detail: decision.detail }
      const own = { streamId, expected: part.kind === 'boundary' ? null : version, occurredAt }
      const { commandId, metadata, newId } = context
      const origin = { commandId, correlationId: commandId, metadata, metadataText: JSON.stringify(metadata), newId }
      const plan = planOf(registry, target, decision, own, origin)
      const taken = takenCode(registry, plan, past)
      if (taken !== null) return { rejected: taken, detail: null }
      checkGuards(target, plan, past)
      const events = plan.streams.flatMap((stream) => stream.events.map(({ event }) => event))
      // Nothing would be written of what evolve cannot take in.
      fold(checked.value, events)
      return { events, own: { category: part.name, streamId } }
    },
  }
}

interface Subject {
  readonly streamId: string
  readonly initial: unknown
  readonly folds: (event: UnplacedEvent) => boolean
}

function aggregateSubject(aggregate: AnyAggregate): (input: unknown) => Subject {
  const { id, initial } = aggregate.definition
  return (input) => {
    const streamId = checkStreamId((input as Record<string, unknown>)[id], id)
    return { streamId, initial, folds: (event) => event.category === aggregate.name && event.streamId === streamId }
  }
}

function boundarySubject(boundary: AnyBoundary): (input: unknown) => Subject {
  const { of, stream, consult, initial } = boundary.definition
  return (input) => {
    const picked = validate(of, input)
    if (picked.errors) throw usage(`The input does not pick a ${boundary.name}: ${picked.errors[0]?.message}.`)
    const value = picked.value as never
    const query = consult(value)
    return {
      streamId: checkStreamId(stream(value), 'stream'),
      initial: initial(value),
      folds: (event) => matches(query, event),
    }
  }
}

function contextOf(options: GivenContext, next: number, streamId: string, version: number): DecisionContext {
  const now = new Date(options.now ?? pastTime(next))
  let ids = next
  return {
    streamId,
    version,
    now,
    occurredAt: new Date(options.occurredAt ?? now).toISOString(),
    commandId: options.commandId ?? `command-${next}`,
    newId: () => pastId(ids++),
    user: (options.user ?? null) as DecisionContext['user'],
    metadata: freeze(throughJson(options.metadata ?? {}) as EventMetadata),
  }
}

/** The code of the first guard that finds what must not exist, or null. */
function takenCode(registry: Registry, plan: Plan, past: readonly RecordedEvent[]): string | null {
  const index = plan.conditions.findIndex(({ query }) =>
    past.some((event) => {
      const type = registry.kind(event.category, event.type)?.storedAs ?? event.type
      return matches(query, { ...event, type })
    }),
  )
  return index === -1 ? null : (plan.codes[index] as string)
}

/** A real store would answer a conflict until the deadline: in a test, the guard or the events given are wrong. */
function checkGuards(target: CommandTarget, plan: Plan, past: readonly RecordedEvent[]): void {
  for (const { category, streamId, expected } of plan.streams) {
    const actual = past.filter((event) => event.category === category && event.streamId === streamId).length
    if (expected === null || expected === actual) continue
    throw new AssertionError({
      message: `${target.name} guards ${category}/${streamId} at version ${expected}, but the events given leave it at ${actual}.`,
      actual,
      expected,
      operator: 'strictEqual',
    })
  }
}

function usage(message: string): KhataError<'usage'> {
  return new KhataError('usage', message, null)
}
