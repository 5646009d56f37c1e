// First: on a Node that is too old nothing else is evaluated.
import './node-version.ts'

export { anyApp, khata } from './khata.ts'
export { type Aggregate, type AggregateModel, type AnyAggregate, aggregate, type SnapshotPolicy } from './model/aggregate.ts'
export { type AnyBoundary, type Boundary, type BoundaryModel, boundary } from './model/boundary.ts'
export type { ConsumerOptions, RetryPolicy } from './model/consumer.ts'
export {
  type AbsentGuard,
  absent,
  type Decision,
  type DecisionContext,
  type EventElsewhere,
  type EventOf,
  type EventQuery,
  type EventQueryItem,
  type Guard,
  type Register,
  type User,
  type VersionGuard,
} from './model/decision.ts'
export {
  type ConflictClause,
  type ErrorCode,
  type ErrorDetails,
  type FieldError,
  isKhataError,
  KhataError,
  Rejected,
} from './model/error.ts'
export { type EventNames, event, type VersionedEvent } from './model/event.ts'
export type { Command, Message } from './model/message.ts'
export type { Distinct, Part } from './model/part.ts'
export {
  type AnyProcess,
  type Due,
  type Process,
  type ProcessContext,
  process,
  type RejectedCommand,
  type Step,
} from './model/process.ts'
export { type AnyProjection, type Projection, type ProjectionModel, projection } from './model/projection.ts'
export { type AnyQuery, type Freshness, type Query, type QueryContext, type QueryModel, query } from './model/query.ts'
export { type Reactor, type ReactorContext, reactor } from './model/reactor.ts'
export type { EventMetadata, EventProblem, RecordedEvent, UnplacedEvent } from './model/recorded-event.ts'
export { type Rejection, reject } from './model/rejection.ts'
export { type Schedule, schedule } from './model/schedule.ts'
export type { Schema, Storable } from './model/schema.ts'
export type { Position, Timestamp, Token, Version } from './model/units.ts'
export { park, retryAfter, skip, stop, type Verdict } from './model/verdict.ts'
export type { FieldCondition, FindOptions, Found, Page, SearchOptions, View, Where } from './model/view.ts'
export type {
  Action,
  Answer,
  AnyApp,
  App,
  AppModel,
  Backlog,
  ConsumerStatus,
  DeadLetterEntry,
  DeadLetterFilter,
  DryRun,
  EventFilter,
  EventLog,
  Health,
  Loaded,
  MomentOptions,
  NoteEntry,
  Operator,
  Outcome,
  Policy,
  ProjectionStatus,
  Projections,
  ReactionOutcome,
  Reactions,
  RebuildStatus,
  Receipt,
  RetryOptions,
  SendOptions,
  TraceNode,
} from './runtime/app.ts'
export type { Catalogue, CommandEntry, EventEntry, JsonSchema, QueryEntry, ViewEntry } from './runtime/catalogue.ts'
