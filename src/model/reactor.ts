import { checkConsumer } from './check-consumer.ts'
import { type ConsumerOptions, type ConsumerSettings, settingsOf } from './consumer.ts'
import type { Message } from './message.ts'
import type { EventMap, EventSource, HandledEvent } from './projection.ts'
import type { Outcome } from './receipt.ts'
import type { Verdict } from './verdict.ts'

/** What a reactor's handler may use. */
export interface ReactorContext {
  /**
   * Sends a command. It takes effect once, however often the event is handled: its idempotency key is made of the
   * event, the reactor, and which of the handler's commands it is, so a handler sends the same commands each time.
   * What was done counts as done, also when a later attempt gives another input.
   * One that nobody waits for is waited for before the event is done, and fails it when it fails.
   */
  execute<Code extends string>(message: Message<string, unknown, Code>): Promise<Outcome<Code>>
  /** The same for each attempt at this event: give it to whatever can tell a repeated request by it. */
  readonly idempotencyKey: string
  /** 1 for the first attempt. */
  readonly attempt: number
  /** Aborted when the time is up, or the process ends: give it to `fetch` and the like. */
  readonly signal: AbortSignal
  readonly now: Date
}

/** A reactor as it is kept at run time. */
export interface ReactorDefinition {
  readonly from: readonly EventSource[]
  readonly on: { readonly [type: string]: (event: never, context: ReactorContext) => unknown }
  readonly settings: ConsumerSettings
}

/** A handler with side effects, run for each event at least once, in the order of its stream. Made by {@link reactor}. */
export interface Reactor<Name extends string = string> {
  readonly kind: 'reactor'
  readonly name: Name
  readonly definition: ReactorDefinition
}

/**
 * Defines a reactor: side effects for events, such as a mail, a web hook or a command. A handler that throws is tried
 * again; one that never succeeds leaves a dead letter, behind which later events of the same stream wait in order. A
 * handler may return a verdict instead: `retryAfter`, `skip`, `park` or `stop`.
 *
 * @param name kebab-case; the store keeps its place under it
 * @throws KhataError `definition` when the name or an option is not allowed, or a handler has no event
 */
export function reactor<const Name extends string, const From extends readonly EventSource[], Handled extends string>(
  name: Name,
  options: {
    readonly from: From
    readonly on: {
      readonly [K in Handled]: K extends keyof EventMap<From[number]>
        ? // biome-ignore lint/suspicious/noConfusingVoidType: a handler that returns nothing is done
          (event: HandledEvent<From[number], K>, context: ReactorContext) => Promise<Verdict | void> | Verdict | void
        : `no event '${K}' in from`
    } & { readonly [K in keyof EventMap<From[number]>]?: unknown }
  } & ConsumerOptions,
): Reactor<Name> {
  const definition: ReactorDefinition = { from: options.from, on: options.on as never, settings: settingsOf(options) }
  checkConsumer('reactor', name, options, definition)
  return { kind: 'reactor', name, definition }
}
