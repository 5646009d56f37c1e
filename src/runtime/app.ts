import type { Aggregate, AggregateModel } from '../model/aggregate.ts'
import type { User } from '../model/decision.ts'
import type { Message } from '../model/message.ts'
import type { CommandMap, QueryMap, ViewMap } from '../model/part.ts'
import type { ProjectionModel } from '../model/projection.ts'
import type { Freshness } from '../model/query.ts'
import type { Outcome, Receipt } from '../model/receipt.ts'
import type { EventMetadata } from '../model/recorded-event.ts'
import type { Position, Timestamp, Token, Version } from '../model/units.ts'
import type { View } from '../model/view.ts'
import type { Engine } from '../ports/engine.ts'
import type { EventLog } from './app-log.ts'
import type { ProjectionStatus, Projections } from './app-projections.ts'
import type { ConsumerStatus, Reactions } from './app-reactions.ts'
import type { Catalogue } from './catalogue.ts'

/** What is known about an app at compile time: its parts. */
export interface AppModel {
  readonly part: unknown
}

/** How a command is sent; all have defaults. */
export interface SendOptions {
  /** The same key, sender, command and input has one effect and one receipt, however often it is sent. */
  readonly idempotencyKey?: string
  /** The stream must be at this version: `precondition-failed` otherwise. Not for commands of a boundary, which has none. */
  readonly expectedVersion?: Version
  /** When it happened in the business, if not now. */
  readonly occurredAt?: Date | Timestamp
  readonly user?: User
  readonly correlationId?: string
  /** The event this command answers to. */
  readonly causationId?: string
  /** Kept with every event. */
  readonly metadata?: EventMetadata
  /** Milliseconds after which the command gives up with `conflict`. Default 10,000. */
  readonly deadlineMs?: number
  /** Key made by a machine that may come again at any time: it never expires. */
  readonly keepKey?: boolean
}

/** Which past state to load; the newest when left out. */
export interface MomentOptions {
  readonly version?: Version
  /** Everything recorded up to the last position at this time. */
  readonly at?: Date | Timestamp
}

/** An aggregate's state at a version. */
export interface Loaded<State> {
  readonly state: State
  /** 0 when there was no stream at that moment. */
  readonly version: Version
  /** When the last event in it was recorded; null without events. */
  readonly at: Timestamp | null
}

/** Liveness and readiness, for probes and people. */
export interface Health {
  readonly ready: boolean
  /** What needs a person's attention, in sentences; empty when all is well. */
  readonly attention: readonly string[]
  readonly store: { readonly name: string; readonly head: Position; readonly epoch: string }
  readonly projections: readonly ProjectionStatus[]
  readonly consumers: readonly ConsumerStatus[]
}

/** Something somebody wants to do, as policies see it. */
export interface Action {
  readonly kind: 'command' | 'query' | 'stream' | 'events' | 'operate'
  /** The command, query or operator action. */
  readonly name: string
  readonly input?: unknown
  /** `category/id`, for kind `stream`. */
  readonly stream?: string
  readonly user: User
}

/** Says whether somebody may do something. `false` is `forbidden`, or `unauthenticated` when there is no user. */
export type Policy = (action: Action) => boolean | Promise<boolean>

type Inputs<P> = CommandMap<P>
type InputOf<P, K extends keyof Inputs<P>> = Inputs<P>[K] extends { input: infer In } ? In : never
type CodeOfCommand<P, K extends keyof Inputs<P>> = Inputs<P>[K] extends { code: infer Code extends string } ? Code : never

/** A running app: the buses, views and log of its parts over one store. */
export interface App<Model extends AppModel> extends AsyncDisposable {
  /**
   * Sends a command by name and answers its receipt.
   * @throws Rejected when a business rule said no
   * @throws KhataError `validation`, `unknown-command`, `conflict`, `precondition-failed`, `idempotency-key-reused`,
   * `unauthenticated`, `forbidden`, `overloaded`, `store-unavailable`, `store-full`, `handler-failed`, `closed`
   */
  execute<K extends keyof Inputs<Model['part']> & string>(
    command: K,
    input: InputOf<Model['part'], K>,
    options?: SendOptions,
  ): Promise<Receipt>
  /** As `execute`, but a rejection is a value with the codes of this command. */
  attempt<K extends keyof Inputs<Model['part']> & string>(
    command: K,
    input: InputOf<Model['part'], K>,
    options?: SendOptions,
  ): Promise<Outcome<CodeOfCommand<Model['part'], K>>>
  /** As `attempt`, with a message made by a command: `account.commands.Withdraw({ … })`. */
  send<Code extends string>(message: Message<string, unknown, Code>, options?: SendOptions): Promise<Outcome<Code>>
  /** The state of an aggregate, now or at a past version or time. */
  load<M extends AggregateModel>(aggregate: Aggregate<M>, id: string, moment?: MomentOptions): Promise<Loaded<M['state']>>
  /** Views by name. */
  readonly views: { readonly [K in keyof ViewMap<Model['part']>]: View<Extract<ViewMap<Model['part']>[K], ProjectionModel>> }
  /** Asks a query by name. */
  query<K extends keyof QueryMap<Model['part']> & string>(
    query: K,
    input: QueryMap<Model['part']>[K] extends { input: infer In } ? In : never,
    options?: Freshness & { readonly user?: User },
  ): Promise<QueryMap<Model['part']>[K] extends { answer: infer Answer } ? Answer : never>
  readonly events: EventLog
  readonly projections: Projections
  readonly reactions: Reactions
  /** What the app consists of, with JSON Schemas: for descriptions, forms and catalogues. */
  readonly catalogue: Catalogue
  health(): Promise<Health>
  /** Asks the app's policy; throws `unauthenticated` or `forbidden`. */
  authorize(action: Action): Promise<void>
  /** The engine underneath, for tools. */
  readonly engine: Engine
  /** Finishes what was accepted, then closes the store. */
  close(): Promise<void>
}

/** Any app, as tools that know no names at compile time see it. */
export interface AnyApp extends Omit<App<AppModel>, 'execute' | 'attempt' | 'views' | 'query'> {
  execute(command: string, input: unknown, options?: SendOptions): Promise<Receipt>
  attempt(command: string, input: unknown, options?: SendOptions): Promise<Outcome<string>>
  /** Throws `unknown-query` when there is no such view. */
  view(name: string): View<{ name: string; document: Record<string, unknown>; field: string; search: boolean }>
  /**
   * Answers a query or, by the name of a view, the view's own question from text parameters: `id=` alone for one
   * document (null when there is none); otherwise a page by `field=` or `field.gte=` (gt, gte, lt, lte), or by `search=`,
   * with `order=` (not of a search), `limit=` and `cursor=`.
   */
  ask(
    name: string,
    parameters: Readonly<Record<string, string>>,
    options?: Freshness & { readonly user?: User },
  ): Promise<Answer>
  /** An aggregate's state by its name. Throws `unknown-aggregate`. */
  loadByName(category: string, id: string, moment?: MomentOptions): Promise<Loaded<unknown>>
}

/** An answer with how new it is. */
export interface Answer {
  readonly data: unknown
  /** Pages only: the cursor of the next one, null on the last. */
  readonly next?: string | null
  /** How new the views behind the answer are. */
  readonly token: Token
}

export type { EventFilter, EventLog, ReactionOutcome, TraceNode } from './app-log.ts'
export type { ProjectionStatus, Projections, RebuildStatus } from './app-projections.ts'
export type {
  Backlog,
  ConsumerStatus,
  DeadLetterEntry,
  DeadLetterFilter,
  DryRun,
  NoteEntry,
  Operator,
  Reactions,
  RetryOptions,
} from './app-reactions.ts'
export type { Outcome, Receipt }

/** How an app is made. */
export interface AppOptions {
  /** Where facts are kept: `sqlite:path/to/file.db`, `sqlite::memory:`, or an engine that is already open. */
  readonly store: string | Engine
  /** Asked before every command and query; default: everybody may do everything. */
  readonly authorize?: Policy
  /** Milliseconds since 1970; for tests and simulations. Default: the system's clock. */
  readonly clock?: () => number
  /**
   * Whether this process runs the projections; `if-nobody-else`: those that no other process feeds, for tools that are
   * gone again soon. Default true.
   */
  readonly runProjections?: boolean | 'if-nobody-else'
  /** Whether this process runs reactors, processes and schedules. Default true. */
  readonly runReactions?: boolean
  /** How dead letters name the code that failed, such as a commit or release. */
  readonly codeVersion?: string
  /** Aggregates and boundaries whose state is kept in memory. Default 10,000. */
  readonly cachedStates?: number
  /** Milliseconds for which a client's idempotency key is remembered. Default 7 days. */
  readonly keyLifetimeMs?: number
  /** Commands that may be in work at once; more are refused as `overloaded`. Default 10,000. */
  readonly commandLimit?: number
}
