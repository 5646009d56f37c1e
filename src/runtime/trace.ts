/**
 * Causation trees. A client chooses the correlation of its commands, and a process may go on for ever: what is read, how
 * far a tree goes up from the event that was asked for, and how deep it is all have limits, and it says when it met one.
 */
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { EventStore, StoredEvent } from '../ports/event-store.ts'
import type { ReactionOutcome, TraceNode } from './app-log.ts'

/** Events that are read on either side of the one that was asked for. */
const sideLimit = 1_000
/** Causes above the event that was asked for: with three nodes for each, it is never below the deepest that is shown. */
const causeLimit = 64
/** Nodes from the root to the deepest. */
const depthLimit = 256

/** What a consumer made of an event. */
export interface TracedReaction {
  /** `reactor/name` or `process/name`: also who its commands are sent by. */
  readonly consumer: string
  readonly outcome: ReactionOutcome
  readonly notes: NonNullable<TraceNode['notes']>
}

/** What consumers made of some events, by event id; `whole` unless notes were left out. */
export interface Reactions {
  readonly byEvent: ReadonlyMap<string, readonly TracedReaction[]>
  readonly whole: boolean
}

/** Events of one correlation in order; `whole` when these are all. */
interface Related<Event> {
  readonly events: readonly Event[]
  readonly whole: boolean
}

/** The events of an event's correlation that are nearest to it. */
export async function relatedTo(store: EventStore, event: StoredEvent): Promise<Related<StoredEvent>> {
  const { correlationId, position: near } = event
  if (correlationId === null) return { events: [event], whole: true }
  const found = await store.lookUp({ correlationId, near, limit: sideLimit + 1 })
  const earlier = found.filter(({ position }) => position <= near)
  const later = found.slice(earlier.length)
  return {
    events: [...earlier.slice(-sideLimit), ...later.slice(0, sideLimit)],
    whole: earlier.length <= sideLimit && later.length <= sideLimit,
  }
}

/**
 * The causation tree that an event belongs to, from events of its correlation: a command causes events, an event causes
 * reactions, and these cause commands.
 */
export function traceOf(related: Related<RecordedEvent>, eventId: string, reactions: Reactions): TraceNode {
  const { events } = related
  const byCommand = Map.groupBy(events, commandOf)
  const byCause = Map.groupBy(byCommand.keys(), (command) => byCommand.get(command)?.[0]?.metadata.causationId)
  const principalOf = (command: string): string | undefined => byCommand.get(command)?.[0]?.metadata.principal
  const top = topOf(events, eventId)
  let whole = related.whole && reactions.whole && top.whole

  /** What is below a node at this depth. */
  const below = (
    depth: number,
    nodes: readonly ((depth: number) => TraceNode)[],
  ): Pick<TraceNode, 'children' | 'truncated'> => {
    if (depth < depthLimit || nodes.length === 0) return { children: nodes.map((node) => node(depth + 1)) }
    whole = false
    return { children: [], truncated: true }
  }
  const commandNode =
    (command: string) =>
    (depth: number): TraceNode => {
      const own = byCommand.get(command) ?? []
      const first = own[0] as RecordedEvent
      return {
        kind: 'command',
        id: command,
        name: first.metadata.command ?? 'append',
        ...(first.metadata.principal ? { principal: first.metadata.principal } : {}),
        at: first.recordedAt,
        ...below(depth, own.map(eventNode)),
      }
    }
  const reactionNode =
    (event: RecordedEvent, { consumer, outcome, notes }: TracedReaction, commands: readonly string[]) =>
    (depth: number): TraceNode => ({
      kind: 'reaction',
      id: `${consumer}:${event.id}`,
      name: consumer,
      outcome,
      notes,
      at: notes.at(-1)?.at ?? null,
      ...below(depth, commands.map(commandNode)),
    })
  const eventNode =
    (event: RecordedEvent) =>
    (depth: number): TraceNode => {
      const commands = byCause.get(event.id) ?? []
      const told = reactions.byEvent.get(event.id) ?? []
      const consumers = new Set(told.map(({ consumer }) => consumer))
      const sentBy = Map.groupBy(commands, (command) => principalOf(command))
      const others = commands.filter((command) => !consumers.has(principalOf(command) ?? ''))
      return {
        kind: 'event',
        id: event.id,
        name: event.type,
        event,
        at: event.recordedAt,
        ...below(depth, [
          ...told.map((reaction) => reactionNode(event, reaction, sentBy.get(reaction.consumer) ?? [])),
          ...others.map(commandNode),
        ]),
      }
    }

  const root = commandNode(commandOf(top.event))(1)
  return whole ? root : { ...root, truncated: true }
}

/** The event highest above one; a circle of causes cannot be, and would end at the limit. */
function topOf(events: readonly RecordedEvent[], eventId: string): { readonly event: RecordedEvent; readonly whole: boolean } {
  const byId = new Map(events.map((event) => [event.id, event]))
  let event = byId.get(eventId) as RecordedEvent
  for (let causes = 0; ; causes++) {
    const cause = byId.get(event.metadata.causationId ?? '')
    if (!cause || causes === causeLimit) return { event, whole: !cause }
    event = cause
  }
}

function commandOf(event: RecordedEvent): string {
  return event.commandId ?? event.id
}
