/**
 * A process as a consumer. Each instance has a stream of its own: `Stepped` for each answer to something, with the
 * state after it and what it sends; `DeadlineReached` when a deadline came.
 *
 * Invariants
 * - A lane is an instance. Its inputs are handled in the order of the log, and a step remembers up to which position
 *   they were: an input that comes again is passed over.
 * - A step is stored before anything is sent. The commands follow from the log, each with a key made of its step, so
 *   that each takes effect once, whatever crashes.
 * - A deadline is answered only while it stands: its timer may have fired behind an input that had not been handled yet,
 *   which then cancelled or moved it.
 * - That a command was rejected is stored, under a key, before it counts: afterwards it is never sent again.
 */
import { v7 } from 'uuid'
import { KhataError } from '../../model/error.ts'
import type { AnyProcess, ProcessContext, ProcessDefinition, RejectedCommand } from '../../model/process.ts'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Commit } from '../../ports/event-store.ts'
import type { Timer } from '../../ports/reaction-store.ts'
import { decodeForHandlers } from '../codec.ts'
import { handlersOf } from '../handlers.ts'
import { checkStreamId } from '../stream-name.ts'
import { type Consumer, laneOf } from './consumer.ts'
import { type DeadlineBody, instancesOf } from './process-instances.ts'
import { checkStep, type SteppedData } from './process-step.ts'
import type { ConsumerParts } from './reactor-consumer.ts'

type Handler = (state: unknown, event: RecordedEvent, context: ProcessContext) => unknown

const lanePage = 200
const tries = 20

/** A process as a consumer, with what its deadlines do. */
export interface ProcessConsumer extends Consumer {
  /** What a due timer writes: the instance is told in its stream, in the order of everything else. */
  fire(timer: Timer): Commit
}

/** Makes the consumer of a process. */
export function processConsumer(
  { engine, registry, commands, notes, clock }: ConsumerParts,
  process: AnyProcess,
): ProcessConsumer {
  const definition: ProcessDefinition = process.definition
  const category: string = process.name
  const name = `process/${category}`
  const handlers = handlersOf<Handler>(definition)
  const contextOf = (id: string): ProcessContext => ({ id, now: new Date(clock()) })
  const instances = instancesOf(engine, clock, process)
  const sources = new Set([...handlers.keys()].map((key) => key.slice(0, key.indexOf('.'))))

  /** Answers an input, once: decided again when the instance moved on meanwhile. */
  const answer = async (
    id: string,
    cause: RecordedEvent,
    on: SteppedData['on'],
    what: string,
    compute: (state: unknown) => unknown,
    once: string | null = null,
  ): Promise<void> => {
    for (let attempt = 0; attempt < tries; attempt++) {
      const instance = await instances.read(id)
      if (once === null && (cause.position <= instance.upTo || instance.complete)) return
      const step = checkStep(category, definition, what, instance.complete ? null : compute(instance.state))
      if (step === null && once === null) return
      if (await instances.store(id, instance, step, on, cause, once)) return
    }
    throw new KhataError('conflict', `${category}/${id} was changed by others again and again.`, {
      clause: 'moved-on',
      stream: `${category}/${id}`,
    })
  }

  /** Sends what a step wants sent, up to the first command that is rejected. */
  const sendAll = async (stepped: RecordedEvent, signal: AbortSignal): Promise<void> => {
    const { send } = stepped.data as SteppedData
    for (const [index, message] of send.entries()) {
      const key = `${stepped.id}:${index}`
      if (await engine.work.receipt({ principal: name, command: 'rejected', key })) return
      signal.throwIfAborted()
      const outcome = await commands.send(
        message.command,
        message.input,
        {
          idempotencyKey: key,
          keepKey: true,
          user: { id: name } as never,
          causationId: stepped.id,
          ...(stepped.correlationId === null ? {} : { correlationId: stepped.correlationId }),
        },
        true,
      )
      if (outcome.rejected === undefined) continue
      const rejected: RejectedCommand = { ...message, code: outcome.rejected, detail: outcome.detail }
      const on = { kind: 'rejected', step: stepped.id, index, command: message.command, code: outcome.rejected } as const
      await notes.write('rejected', name, stepped.id, { command: message.command, code: outcome.rejected })
      const handler = definition.rejected
      await answer(
        stepped.streamId,
        stepped,
        on,
        'rejected',
        (state) => handler?.(state as never, rejected, contextOf(stepped.streamId)),
        key,
      )
      return
    }
  }

  /** Whether the deadline of a `DeadlineReached` is neither cancelled nor moved. Inputs before it in its lane are handled. */
  const stands = ({ streamId, data, metadata }: RecordedEvent): Promise<boolean> =>
    instances.stands(streamId, (data as { deadline: string }).deadline, metadata.causationId ?? '')

  return {
    name,
    settings: definition.settings,
    handles: (source, type) => source === category || handlers.has(`${source}.${type}`),
    lane(event) {
      if (event.category === category) return event.streamId
      const id = definition.correlate(event as never)
      return id === null ? null : checkStreamId(id, 'correlate')
    },
    async handle(event, { signal }) {
      if (event.category === category) {
        if (event.type === 'Stepped') await sendAll(event, signal)
        else if (event.type === 'DeadlineReached' && (await stands(event))) {
          const { deadline } = event.data as { deadline: string }
          const handler = definition.deadlines[deadline]
          const { streamId } = event
          await answer(streamId, event, { kind: 'deadline', name: deadline }, `deadlines.${deadline}`, (state) =>
            handler?.(state as never, contextOf(streamId)),
          )
        }
        return
      }
      const id = checkStreamId(definition.correlate(event as never), 'correlate')
      const handler = handlers.get(`${event.category}.${event.type}`)
      const on = { kind: 'event', id: event.id, type: event.type } as const
      await answer(id, event, on, `on.${event.type}`, (state) => handler?.(state, event, contextOf(id)))
    },
    async rehearse(event) {
      const own = event.category === category
      const id = own ? event.streamId : checkStreamId(definition.correlate(event as never), 'correlate')
      const { state, complete } = await instances.read(id)
      if (complete) return
      if (own && event.type === 'DeadlineReached') {
        if (!(await stands(event))) return
        const { deadline } = event.data as { deadline: string }
        checkStep(
          category,
          definition,
          `deadlines.${deadline}`,
          definition.deadlines[deadline]?.(state as never, contextOf(id)),
        )
      } else if (!own) {
        const handler = handlers.get(`${event.category}.${event.type}`)
        checkStep(category, definition, `on.${event.type}`, handler?.(state, event, contextOf(id)))
      }
    },
    async next(lane, after, upTo) {
      let position = after.position
      while (position < upTo) {
        const page = await engine.events.readLog({
          after: position,
          upTo,
          query: [{ categories: [category, ...sources] }],
          limit: lanePage,
        })
        for (const stored of page.events) {
          const event = decodeForHandlers(registry, stored)
          if (this.handles(event.category, event.type) && laneOf(this, event) === lane) return event
        }
        if (!page.full) return null
        position = page.scannedTo
      }
      return null
    },
    fire(timer) {
      const { id, deadline, step, correlationId } = JSON.parse(timer.body) as DeadlineBody
      return {
        timers: [{ fired: timer.id, dueAt: timer.dueAt }],
        appends: [
          {
            category,
            streamId: id,
            expected: null,
            events: [
              {
                id: v7(),
                type: 'DeadlineReached',
                schemaVersion: 1,
                data: JSON.stringify({ deadline }),
                metadata: JSON.stringify({ principal: name, causationId: step, command: `${category} deadline` }),
                tags: [],
                occurredAt: timer.dueAt,
                commandId: v7(),
                correlationId,
              },
            ],
          },
        ],
      }
    },
  }
}
