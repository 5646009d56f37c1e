import { checkConsumer } from './check-consumer.ts'
import { type ConsumerOptions, type ConsumerSettings, settingsOf } from './consumer.ts'
import type { Message } from './message.ts'
import type { EventMap, EventSource, HandledEvent } from './projection.ts'
import type { Same, Storable } from './schema.ts'
import type { Timestamp } from './units.ts'

/** When a deadline is due; null cancels it. */
export type Due = { readonly afterMs: number } | { readonly at: Date | Timestamp } | null

/** What a process does in answer to something: all of it is optional. */
export interface Step<State, Deadline extends string> {
  /** The state from now on. */
  readonly state?: State
  /**
   * Commands to send, in order, each of which takes effect once. Their inputs are stored before, and must be JSON. When
   * one is rejected, those after it are not sent: what to do then is what `rejected` says.
   */
  readonly send?: Message | readonly Message[]
  /** Deadlines to set, move or cancel. */
  readonly deadline?: { readonly [K in Deadline]?: Due }
  /** Whether it is over: deadlines are cancelled, and later events are passed over. */
  readonly complete?: boolean
}

/** What a step may know beside the state. */
export interface ProcessContext {
  /** The key of this instance. */
  readonly id: string
  readonly now: Date
}

/** A command of a process that was rejected. */
export interface RejectedCommand {
  readonly command: string
  readonly input: unknown
  readonly code: string
  readonly detail: unknown
}

/** A process as it is kept at run time. */
export interface ProcessDefinition {
  readonly from: readonly EventSource[]
  readonly initial: unknown
  readonly correlate: (event: never) => string | null
  readonly on: { readonly [type: string]: (state: never, event: never, context: ProcessContext) => unknown }
  readonly deadlines: { readonly [name: string]: (state: never, context: ProcessContext) => unknown }
  readonly rejected: ((state: never, command: RejectedCommand, context: ProcessContext) => unknown) | null
  readonly settings: ConsumerSettings
}

/** A long-running flow over several aggregates (saga, process manager). Made by {@link process}. */
export interface Process<Name extends string = string, State = unknown, Deadline extends string = string> {
  readonly kind: 'process'
  /** The category of its own streams. */
  readonly name: Name
  readonly definition: ProcessDefinition
  /** Exists at compile time only. */
  readonly '~model': { readonly name: Name; readonly state: State; readonly deadline: Deadline }
}

/** Any process. */
export type AnyProcess = Process<any, any, any>

/** What a handler of a process returns. */
type StepOf<State, Deadline extends string> = Step<Same<State>, NoInfer<Deadline>> | null | undefined

/**
 * Defines a process: events go in, commands and deadlines come out. Each step is an event in a stream of its own, so
 * that its history can be read; handlers are pure, and what they send takes effect once.
 *
 * @param name kebab-case; the category of its streams
 * @throws KhataError `definition` when the name or an option is not allowed, or a handler has no event
 */
export function process<
  const Name extends string,
  const From extends readonly EventSource[],
  State extends { [K in keyof State]: Storable },
  Handled extends string,
  Deadline extends string = never,
>(
  name: Name,
  options: {
    readonly from: From
    readonly initial: State
    /** The instance an event belongs to; null: none. Pure. */
    readonly correlate: (event: HandledEvent<NoInfer<From>[number], NoInfer<Handled>>) => string | null
    readonly on: {
      readonly [K in Handled]: K extends keyof EventMap<From[number]>
        ? (state: NoInfer<State>, event: EventMap<From[number]>[K], context: ProcessContext) => StepOf<State, Deadline>
        : `no event '${K}' in from`
    } & {
      readonly [K in Handled]: (state: never, event: never, context: never) => StepOf<State, Deadline>
    } & { readonly [K in keyof EventMap<From[number]>]?: unknown }
    readonly deadlines?: {
      readonly [K in Deadline]: (state: NoInfer<State>, context: ProcessContext) => StepOf<State, Deadline>
    }
    /** What to do when a command it sent was rejected. Default: the rejection is noted and nothing else happens. */
    readonly rejected?: (state: NoInfer<State>, command: RejectedCommand, context: ProcessContext) => StepOf<State, Deadline>
  } & ConsumerOptions,
): Process<Name, State, Deadline> {
  const definition: ProcessDefinition = {
    from: options.from,
    initial: options.initial,
    correlate: options.correlate as never,
    on: options.on as never,
    deadlines: (options.deadlines ?? {}) as never,
    rejected: (options.rejected ?? null) as never,
    settings: settingsOf(options),
  }
  checkConsumer('process', name, options, definition)
  return { kind: 'process', name, definition, '~model': undefined as never }
}
