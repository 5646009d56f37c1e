/** Given-when-then: business rules and views tested as sentences, without a store, a clock or anything to wait for. */
import type { AnyAggregate } from '../model/aggregate.ts'
import type { AnyBoundary } from '../model/boundary.ts'
import type { EventElsewhere, EventOf } from '../model/decision.ts'
import type { AnyProcess, Process } from '../model/process.ts'
import type { AnyProjection } from '../model/projection.ts'
import { type Bench, benchOf, type Decided, type GivenContext } from './given-decision.ts'
import type { AnyPastEvent, PastEvent, PastEventElsewhere } from './given-events.ts'
import { type GivenProcess, givenProcess } from './given-process-steps.ts'
import { documentsOf } from './given-projection.ts'
import { compare, type Story, short, throughJson, wrongFields } from './given-report.ts'

/** A part that `given` can test. */
export type Testable = AnyAggregate | AnyBoundary | AnyProjection | AnyProcess

/** The past events that a part can be given. */
export type PastOf<P extends Testable> = P extends { kind: 'projection' | 'process' }
  ? PastEventElsewhere
  : PastEvent<P['~model']['events']> | PastEventElsewhere

/** What can be said after `given`. */
export type Given<P extends Testable> = P extends { kind: 'projection' }
  ? GivenProjection<P['~model']['document']>
  : P extends Process<string, infer State, infer Deadline>
    ? GivenProcess<State, Deadline>
    : GivenPart<P['~model']['state'], P['~model']['events'], P['~model']['commands']>

/** An aggregate or boundary with its past. */
export interface GivenPart<State, Events, Commands> {
  /** Decides a command. Nothing is compared yet: go on with `expect…`. */
  when<K extends keyof Commands & string>(
    command: K,
    input: Commands[K] extends { input: infer In } ? In : never,
    context?: GivenContext,
  ): When<State, Events, Commands[K] extends { code: infer Code extends string } ? Code : never>
  /** The state after the events given; of a boundary, use `when` first. */
  expectState(state: State): this
}

/** A decision to be compared with what is expected. Each method throws an `AssertionError` with the difference. */
export interface When<State, Events, Code extends string> {
  /** Exactly these events, in this order; none for "nothing happens". `occurredAt` is compared where it is given. */
  expect(...events: readonly (EventOf<Events> | EventElsewhere)[]): this
  /** A rejection, with this detail if one is given. */
  expectRejection(code: Code, detail?: unknown): this
  /** The rejection of an `absent` guard: what must not exist is among the events given. */
  expectTaken(code?: string): this
  /** An input that the command's schema refuses, in exactly these fields (`items.0.quantity`). */
  expectInvalid(...paths: readonly string[]): this
  /** The state after the decision's events. */
  expectState(state: State): this
}

/** A projection with the events it was fed. Each method throws an `AssertionError` with the difference. */
export interface GivenProjection<Document> {
  expectDocument(id: string, document: Document): this
  expectNoDocument(id: string): this
}

/**
 * Begins a test of an aggregate, boundary, projection or process with the events that happened before. Events are
 * validated, encoded, decoded and upcast like real ones. The nth is recorded n seconds into 2026, a decision one second after the
 * last, and ids count upwards, so that a test sees the same each time.
 *
 * @param events of the command's own stream as `{ type, data }`; of named streams as `part.to(id, { type, data })`
 * @param options `use`: other aggregates whose events the part writes or is given, or whose commands a process sends
 * @throws KhataError `handler-failed` when a handler or the data of a given event is at fault, `usage` for events and
 * commands that the part does not have; from here or from the methods that follow
 */
export function given<P extends Testable>(
  part: P,
  events: readonly PastOf<P>[] = [],
  options: { readonly use?: readonly AnyAggregate[] } = {},
): Given<P> {
  const past = events as readonly AnyPastEvent[]
  if (part.kind === 'projection') return givenProjection(part, past) as Given<P>
  if (part.kind === 'process') return givenProcess(part, past, options.use ?? []) as Given<P>
  return givenPart(benchOf(part, past, options.use ?? []), past) as Given<P>
}

function givenProjection(projection: AnyProjection, past: readonly AnyPastEvent[]): GivenProjection<unknown> {
  const story: Story = { given: past, when: [] }
  const documents = documentsOf(projection, past)
  const found = (id: string) => documents.get(id) ?? null
  const steps: GivenProjection<unknown> = {
    expectDocument(id, document) {
      compare(story, `document '${id}'`, found(id), throughJson(document), steps.expectDocument)
      return steps
    },
    expectNoDocument(id) {
      compare(story, `document '${id}'`, found(id), null, steps.expectNoDocument)
      return steps
    },
  }
  return steps
}

function givenPart(bench: Bench, past: readonly AnyPastEvent[]): GivenPart<unknown, unknown, Record<string, unknown>> {
  const steps: GivenPart<unknown, unknown, Record<string, unknown>> = {
    when: (command, input, context = {}) =>
      decided(
        bench,
        { given: past, when: [`${command} ${short(input)}`] },
        input,
        bench.decide(command, input, context),
      ) as never,
    expectState(state) {
      compare({ given: past, when: [] }, 'state', throughJson(bench.stateNow()), throughJson(state), steps.expectState)
      return steps
    },
  }
  return steps
}

function decided(bench: Bench, story: Story, input: unknown, outcome: Decided): When<unknown, Record<string, unknown>, string> {
  const steps: When<unknown, Record<string, unknown>, string> = {
    expect(...events) {
      const expected = events.map((event) => throughJson(event))
      compare(story, 'outcome', shown(outcome, events), { events: expected }, steps.expect)
      return steps
    },
    expectRejection(code, ...detail: readonly unknown[]) {
      const given = detail.length > 0
      const expected = given ? { rejected: code, detail: throughJson(detail[0]) } : { rejected: code }
      const actual = 'rejected' in outcome && !given ? { rejected: outcome.rejected } : shown(outcome, [])
      compare(story, 'outcome', actual, expected, steps.expectRejection)
      return steps
    },
    expectTaken(code = 'taken') {
      compare(story, 'outcome', shown(outcome, []), { rejected: code, detail: null }, steps.expectTaken)
      return steps
    },
    expectInvalid(...paths) {
      const actual = 'invalid' in outcome ? outcome.invalid.map(({ path }) => path) : shown(outcome, [])
      compare(story, 'outcome', actual, paths, steps.expectInvalid)
      return steps
    },
    expectState(state) {
      const actual = 'events' in outcome ? throughJson(bench.state(input, outcome.events)) : shown(outcome, [])
      compare(story, 'state', actual, throughJson(state), steps.expectState)
      return steps
    },
  }
  return steps
}

/** What became of a command, as a comparison shows it; `expected` says which events are compared with their time. */
function shown(
  outcome: Decided,
  expected: readonly (EventElsewhere | { readonly type: string; readonly occurredAt?: string })[],
) {
  if ('invalid' in outcome) return { invalid: wrongFields(outcome.invalid) }
  if ('rejected' in outcome) return { rejected: outcome.rejected, detail: throughJson(outcome.detail) }
  const { category, streamId } = outcome.own
  const events = outcome.events.map((event, index) => {
    const wanted = expected[index]
    const timed = wanted && ('to' in wanted ? wanted.event : wanted).occurredAt !== undefined
    const own = event.category === category && event.streamId === streamId
    const fact = { type: event.type, data: event.data, ...(timed ? { occurredAt: event.occurredAt } : {}) }
    return own && !(wanted && 'to' in wanted) ? fact : { to: { category: event.category, id: event.streamId }, event: fact }
  })
  return { events }
}
