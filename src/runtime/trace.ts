import type { RecordedEvent } from '../model/recorded-event.ts'
import type { ReactionOutcome, TraceNode } from './app-log.ts'

/** What a consumer made of an event. */
export interface TracedReaction {
  /** `reactor/name` or `process/name`: also who its commands are sent by. */
  readonly consumer: string
  readonly outcome: ReactionOutcome
  readonly notes: NonNullable<TraceNode['notes']>
}

/**
 * The causation tree that an event belongs to, from all events of its correlation: a command causes events, an event
 * causes reactions, and these cause commands.
 */
export function traceOf(
  events: readonly RecordedEvent[],
  eventId: string,
  reactions: ReadonlyMap<string, readonly TracedReaction[]> = new Map(),
): TraceNode {
  const byCommand = grouped(events, commandOf)
  const byCause = new Map<string, string[]>()
  for (const [command, [first]] of byCommand) {
    const cause = first?.metadata.causationId
    if (cause !== undefined) byCause.set(cause, [...(byCause.get(cause) ?? []), command])
  }
  const principalOf = (command: string): string | undefined => byCommand.get(command)?.[0]?.metadata.principal

  const commandNode = (command: string): TraceNode => {
    const own = byCommand.get(command) ?? []
    const first = own[0] as RecordedEvent
    return {
      kind: 'command',
      id: command,
      name: first.metadata.command ?? 'append',
      ...(first.metadata.principal ? { principal: first.metadata.principal } : {}),
      at: first.recordedAt,
      children: own.map(eventNode),
    }
  }
  const eventNode = (event: RecordedEvent): TraceNode => {
    const commands = byCause.get(event.id) ?? []
    const told = reactions.get(event.id) ?? []
    const consumers = new Set(told.map(({ consumer }) => consumer))
    const nodes = told.map(
      ({ consumer, outcome, notes }): TraceNode => ({
        kind: 'reaction',
        id: `${consumer}:${event.id}`,
        name: consumer,
        outcome,
        notes,
        at: notes.at(-1)?.at ?? null,
        children: commands.filter((command) => principalOf(command) === consumer).map(commandNode),
      }),
    )
    const others = commands.filter((command) => !consumers.has(principalOf(command) ?? ''))
    return {
      kind: 'event',
      id: event.id,
      name: event.type,
      event,
      at: event.recordedAt,
      children: [...nodes, ...others.map(commandNode)],
    }
  }

  const byId = new Map(events.map((event) => [event.id, event]))
  const seen = new Set<string>()
  let event = byId.get(eventId) as RecordedEvent
  // Up to the first command whose cause is not among these events; a circle cannot be, but must not hang a reader.
  for (;;) {
    seen.add(event.id)
    const cause = event.metadata.causationId === undefined ? undefined : byId.get(event.metadata.causationId)
    if (!cause || seen.has(cause.id)) return commandNode(commandOf(event))
    event = cause
  }
}

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return groups
}

function commandOf(event: RecordedEvent): string {
  return event.commandId ?? event.id
}
