import type { AnyAggregate, CommandDefinition } from './aggregate.ts'
import { checkBoundary } from './check.ts'
import type { CodeOf, Decision, DecisionContext, EventElsewhere, EventOf, EventQuery } from './decision.ts'
import { type CommandsOf, commandsOf } from './message.ts'
import type { UnplacedEvent } from './recorded-event.ts'
import type { Input, Output, Same, Schema, Schemas, Storable } from './schema.ts'

/** What is known about a boundary at compile time. */
export interface BoundaryModel {
  readonly name: string
  readonly state: unknown
  readonly events: object
  readonly commands: object
}

/** A boundary as it is kept at run time. */
export interface BoundaryDefinition {
  readonly of: Schema
  readonly from: readonly AnyAggregate[]
  readonly events: Schemas
  readonly stream: (of: never) => string
  readonly consult: (of: never) => EventQuery
  readonly initial: (of: never) => unknown
  readonly evolve: { readonly [type: string]: ((state: never, data: never, event: UnplacedEvent) => unknown) | undefined }
  readonly tags: { readonly [type: string]: ((data: never, streamId: string) => readonly string[]) | undefined }
  readonly commands: { readonly [name: string]: CommandDefinition }
}

/**
 * A dynamic consistency boundary (dcb.events): like an aggregate, but its state is folded from the events that a query
 * of types and tags finds in any stream, and an append fails when a new match appeared meanwhile.
 */
export interface Boundary<Model extends BoundaryModel> {
  readonly kind: 'boundary'
  /** The category of the streams its own events go to. */
  readonly name: Model['name']
  readonly commands: CommandsOf<Model['commands']>
  to(id: string, event: EventOf<Model['events']>): EventElsewhere
  readonly definition: BoundaryDefinition
  /** Exists at compile time only. */
  readonly '~model': Model
}

/** Any boundary. */
export type AnyBoundary = Boundary<any>

/** The event types of some sources. */
type TypeFrom<Source> = Source extends { '~model': { events: infer Events } } ? keyof Events & string : never

type DataOf<Source, K extends string> = Source extends { '~model': { events: infer Events } }
  ? K extends keyof Events
    ? Events[K]
    : never
  : never

/** What {@link boundary} asks for. */
export interface BoundaryOptions<
  Of extends Schema,
  From extends readonly { readonly '~model': { readonly events: object } }[],
  Events extends Schemas,
  State,
  Inputs extends Schemas,
  Decisions,
> {
  /** The part of every command's input that picks the boundary: a schema of an object. */
  readonly of: Of
  /** Where the other events that are folded come from. */
  readonly from: From
  /** The boundary's own events. */
  readonly events: Events
  /** The id of the stream that its events go to. */
  readonly stream: (of: Output<Of>) => string
  /** The events that a decision depends on. */
  readonly consult: (of: Output<Of>) => EventQuery
  readonly initial: (of: Output<Of>) => State
  readonly evolve: {
    readonly [K in (keyof NoInfer<Events> & string) | TypeFrom<NoInfer<From>[number]>]?: (
      state: NoInfer<State>,
      data: K extends keyof Events ? Output<Events[K]> : DataOf<NoInfer<From>[number], K>,
      event: UnplacedEvent,
    ) => Same<State>
  }
  /** Tags by event type. An event that a `consult` should find must carry its tags. */
  readonly tags?: { readonly [K in keyof NoInfer<Events>]?: (data: Output<Events[K]>, streamId: string) => readonly string[] }
  readonly commands: {
    readonly [K in keyof Inputs]: {
      readonly input: Inputs[K]
      readonly decide: (
        input: Output<Inputs[K]>,
        state: NoInfer<State>,
        context: DecisionContext,
      ) => Decision<{ [E in keyof NoInfer<Events>]: Input<Events[E]> }>
      readonly description?: string
      /** The rejection codes, for the API's description, which cannot see types. Checked when a command is decided. */
      readonly rejections?: readonly string[]
    }
  } & {
    readonly [K in keyof Decisions]: {
      readonly decide: (input: never, state: never, context: never) => Decisions[K]
    }
  }
}

/**
 * Defines a boundary: rules over several things at once, such as the seats of a course and the courses of a student.
 *
 * @param name the category of the streams its events go to
 * @throws KhataError `definition` as {@link aggregate} does
 */
export function boundary<
  const Name extends string,
  Of extends Schema,
  const From extends readonly AnyAggregate[],
  Events extends Schemas,
  State extends { [K in keyof State]: Storable },
  // As in {@link aggregate}: without commands there are none, rather than any.
  Inputs extends Schemas = {},
  Decisions = {},
>(
  name: Name,
  options: BoundaryOptions<Of, From, Events, State, Inputs, Decisions>,
): Boundary<{
  name: Name
  state: State
  events: { [K in keyof Events & string]: Output<Events[K]> }
  commands: { [K in keyof Inputs & string]: { input: Input<Inputs[K]>; code: CodeOf<Decisions[K & keyof Decisions]> } }
}> {
  const definition = { ...options, tags: options.tags ?? {} } as unknown as BoundaryDefinition
  checkBoundary(name, definition, options)
  return {
    kind: 'boundary',
    name,
    commands: commandsOf(Object.keys(options.commands)) as never,
    to: (id, event) => ({ to: { category: name, id }, event }),
    definition,
    '~model': undefined as never,
  }
}
