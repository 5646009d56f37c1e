import type { Message } from '../../model/message.ts'
import type { Reactor, ReactorContext } from '../../model/reactor.ts'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import { isVerdict } from '../../model/verdict.ts'
import type { Engine } from '../../ports/engine.ts'
import { decodeForHandlers } from '../codec.ts'
import type { CommandBus } from '../command-bus.ts'
import { handlersOf } from '../handlers.ts'
import type { Registry } from '../registry.ts'
import type { Consumer } from './consumer.ts'
import type { Noter } from './notes.ts'
import { type Watch, watch } from './watched.ts'

type Handler = (event: RecordedEvent, context: ReactorContext) => unknown

const lanePage = 50

/** What consumers work with. */
export interface ConsumerParts {
  readonly engine: Engine
  readonly registry: Registry
  readonly commands: Pick<CommandBus, 'send'>
  readonly notes: Noter
  readonly clock: () => number
}

/** A reactor as a consumer; its lanes are streams. */
export function reactorConsumer({ engine, registry, commands, notes, clock }: ConsumerParts, reactor: Reactor): Consumer {
  const name = `reactor/${reactor.name}`
  const handlers = handlersOf<Handler>(reactor.definition)

  const contextOf = (event: RecordedEvent, attempt: number, signal: AbortSignal, { watched }: Watch): ReactorContext => {
    const sent = new Map<string, number>()
    const send = async (message: Message) => {
      const nth = (sent.get(message.command) ?? 0) + 1
      sent.set(message.command, nth)
      signal.throwIfAborted()
      const outcome = await commands.send(
        message.command,
        message.input,
        {
          idempotencyKey: `${event.id}:${nth}`,
          keepKey: true,
          user: { id: name } as never,
          causationId: event.id,
          ...(event.correlationId === null ? {} : { correlationId: event.correlationId }),
        },
        true,
      )
      if (outcome.rejected !== undefined) {
        await notes.write('rejected', name, event.id, { command: message.command, code: outcome.rejected })
      }
      return outcome as never
    }
    return {
      idempotencyKey: `${reactor.name}:${event.id}`,
      attempt,
      signal,
      now: new Date(clock()),
      execute: (message) => watched(send(message)),
    }
  }

  return {
    name,
    settings: reactor.definition.settings,
    handles: (category, type) => handlers.has(`${category}.${type}`),
    lane: (event) => `${event.category}/${event.streamId}`,
    async handle(event, { number, signal }) {
      const handler = handlers.get(`${event.category}.${event.type}`)
      const commands = watch()
      let said: unknown
      let forgotten: Awaited<ReturnType<Watch['ended']>>
      try {
        said = await handler?.(event, contextOf(event, number, signal, commands))
      } finally {
        forgotten = await commands.ended()
      }
      if (forgotten) throw forgotten.cause
      return isVerdict(said) ? said : undefined
    },
    // The whole of a reactor's handler is its effect.
    rehearse: async () => {},
    async next(_lane, after, upTo) {
      let { version } = after
      for (;;) {
        const events = await engine.events.readStream({
          category: after.category,
          streamId: after.streamId,
          from: version + 1,
          limit: lanePage,
        })
        for (const stored of events) {
          if (stored.position > upTo) return null
          const event = decodeForHandlers(registry, stored)
          if (handlers.has(`${event.category}.${event.type}`)) return event
        }
        if (events.length < lanePage) return null
        version = events.at(-1)?.version ?? version
      }
    },
  }
}
