import { checkAggregate } from './check.ts'
import type { CodeOf, Decision, DecisionContext, EventElsewhere, EventOf, VersionGuard } from './decision.ts'
import { type CommandsOf, commandsOf } from './message.ts'
import type { UnplacedEvent } from './recorded-event.ts'
import type { Input, Output, Same, Schema, Schemas, Storable } from './schema.ts'
import type { Version } from './units.ts'

/** What is known about an aggregate at compile time. */
export interface AggregateModel {
  readonly name: string
  readonly state: unknown
  readonly events: object
  readonly commands: object
}

/** When a snapshot of an aggregate's state is stored: only ever a shortcut, never the truth. */
export interface SnapshotPolicy {
  /** A snapshot is stored when this many events came since the last one. At least 10. */
  readonly every: number
  /** Raise it when the meaning of the state changes; older snapshots are then passed over. Default 1. */
  readonly stateVersion?: number
}

/** One command of an aggregate as it is kept at run time. */
export interface CommandDefinition {
  readonly input: Schema
  readonly decide: (input: never, state: never, context: DecisionContext) => Decision<never>
  readonly rejections?: readonly string[]
  readonly description?: string
}

/** An aggregate as it is kept at run time. */
export interface AggregateDefinition {
  readonly id: string
  readonly events: Schemas
  readonly initial: unknown
  readonly state?: Schema
  readonly evolve: { readonly [type: string]: ((state: never, data: never, event: UnplacedEvent) => unknown) | undefined }
  readonly tags: { readonly [type: string]: ((data: never, streamId: string) => readonly string[]) | undefined }
  readonly commands: { readonly [name: string]: CommandDefinition }
  readonly snapshot: SnapshotPolicy | null
}

/** Initial state, how events change it, and the commands that are decided on it. Made by {@link aggregate}. */
export interface Aggregate<Model extends AggregateModel> {
  readonly kind: 'aggregate'
  /** The category of its streams. */
  readonly name: Model['name']
  readonly commands: CommandsOf<Model['commands']>
  /** An event of this aggregate for the stream `id`, to be returned by another aggregate's `decide`. */
  to(id: string, event: EventOf<Model['events']>): EventElsewhere
  /** A guard: the stream `id` is at this version when the decision is stored. */
  at(id: string, version: Version): VersionGuard
  readonly definition: AggregateDefinition
  /** Exists at compile time only. */
  readonly '~model': Model
}

/** Any aggregate. */
export type AnyAggregate = Aggregate<any>

/** The id's field must be in every command's input; without a command, any name will do. */
type IdField<Inputs extends Schemas> = [keyof Inputs] extends [never] ? string : keyof Input<Inputs[keyof Inputs]> & string

/** What {@link aggregate} asks for. */
export interface AggregateOptions<Events extends Schemas, State, Inputs extends Schemas, Decisions> {
  /** The field of every command's input that names the stream. */
  readonly id: IdField<NoInfer<Inputs>>
  /** Schemas by event type. The type is what the store keeps: see {@link event} for renaming. */
  readonly events: Events
  /** The state before the first event. */
  readonly initial: State
  /** Checks the state after each event, outside production: the compiler cannot see an excess field. */
  readonly state?: Schema
  /** The state after an event; an event without a handler leaves it as it is. Pure. */
  readonly evolve: {
    readonly [K in keyof NoInfer<Events>]?: (
      state: NoInfer<State>,
      data: Output<Events[K]>,
      event: UnplacedEvent,
    ) => Same<State>
  }
  /** Tags by event type, `'course:c-7'`: what boundaries are asked for. Pure. */
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
    // With `never` parameters the compiler infers what each `decide` really returns, without disturbing its errors.
    readonly [K in keyof Decisions]: {
      readonly decide: (input: never, state: never, context: never) => Decisions[K]
    }
  }
  readonly snapshot?: SnapshotPolicy
}

/**
 * Defines an aggregate: what can happen to it, its state, and the commands that are decided on the state.
 *
 * @param name the category of its streams, kebab-case; it is stored with every event
 * @throws KhataError `definition` when a name is not allowed, a schema holds what JSON cannot carry, or a handler has no event
 */
export function aggregate<
  const Name extends string,
  Events extends Schemas,
  State extends { [K in keyof State]: Storable },
  // From an aggregate without commands nothing is inferred: then it has none, rather than any.
  Inputs extends Schemas = {},
  Decisions = {},
>(
  name: Name,
  options: AggregateOptions<Events, State, Inputs, Decisions>,
): Aggregate<{
  name: Name
  state: State
  events: { [K in keyof Events & string]: Output<Events[K]> }
  commands: { [K in keyof Inputs & string]: { input: Input<Inputs[K]>; code: CodeOf<Decisions[K & keyof Decisions]> } }
}> {
  const definition: AggregateDefinition = {
    id: options.id,
    events: options.events,
    initial: options.initial,
    ...(options.state ? { state: options.state } : {}),
    evolve: options.evolve,
    tags: options.tags ?? {},
    commands: options.commands as never,
    snapshot: options.snapshot ?? null,
  }
  checkAggregate(name, definition, options)
  return {
    kind: 'aggregate',
    name,
    commands: commandsOf(Object.keys(options.commands)) as never,
    to: (id, event) => ({ to: { category: name, id }, event }),
    at: (id, version) => ({ at: { category: name, id }, version }),
    definition,
    '~model': undefined as never,
  }
}
