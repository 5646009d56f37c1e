/** The instances of a process: the last step of a stream, and the commit that adds the next. */
import { v7 } from 'uuid'
import type { Message } from '../../model/message.ts'
import type { AnyProcess, Due, ProcessDefinition } from '../../model/process.ts'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Position, Version } from '../../model/units.ts'
import type { Engine } from '../../ports/engine.ts'
import type { StoredEvent } from '../../ports/event-store.ts'
import type { TimerWrite } from '../../ports/reaction-store.ts'
import { freeze } from '../fold.ts'
import { type AnyStep, dueTime, type SteppedData } from './process-step.ts'

/** A process's instance as it is. */
export interface Instance {
  readonly state: unknown
  readonly version: Version
  readonly upTo: Position
  readonly complete: boolean
}

/** What the timer of a deadline remembers. */
export interface DeadlineBody {
  readonly id: string
  readonly deadline: string
  /** The step that set it. */
  readonly step: string
  readonly correlationId: string | null
}

/** Reads and writes the instances of a process. */
export interface Instances {
  read(id: string): Promise<Instance>
  /** Whether a deadline is still the one that a step set: none after it moved or cancelled it. */
  stands(id: string, deadline: string, setBy: string): Promise<boolean>
  /** Stores the answer to an input; false when the instance moved on meanwhile. */
  store(
    id: string,
    instance: Instance,
    step: AnyStep | null,
    on: SteppedData['on'],
    cause: RecordedEvent,
    once: string | null,
  ): Promise<boolean>
}

/** The instances of a process in a store. */
export function instancesOf(engine: Engine, clock: () => number, process: AnyProcess): Instances {
  const definition: ProcessDefinition = process.definition
  const category: string = process.name
  const name = `process/${category}`
  const initial = freeze(structuredClone(definition.initial))
  const timerId = (id: string, deadline: string): string => `${name}/${deadline}/${id}`

  /** What happened to an instance, newest first. Nearly always the first few events hold what is asked for. */
  async function* backwards(id: string): AsyncGenerator<StoredEvent> {
    let from: Version | undefined
    for (let limit = 10; ; limit = 100) {
      const range = { category, streamId: id, backwards: true, limit }
      const events = await engine.events.readStream(from === undefined ? range : { ...range, from })
      yield* events
      const last = events.at(-1)
      if (!last || last.version === 1) return
      from = last.version - 1
    }
  }

  const read: Instances['read'] = async (id) => {
    let newest: Version = 0
    for await (const { type, version, data } of backwards(id)) {
      newest = Math.max(newest, version)
      if (type !== 'Stepped') continue
      const { state, upTo, complete } = JSON.parse(data) as SteppedData
      return { state: freeze(state), version: newest, upTo, complete }
    }
    return { state: initial, version: newest, upTo: 0, complete: false }
  }

  const stands: Instances['stands'] = async (id, deadline, setBy) => {
    for await (const event of backwards(id)) {
      if (event.type !== 'Stepped') continue
      const due = (JSON.parse(event.data) as SteppedData).deadlines[deadline]
      if (due !== undefined) return due !== null && event.id === setBy
    }
    return false
  }

  const store: Instances['store'] = async (id, instance, step, on, cause, once) => {
    const stepId = v7()
    const complete = step?.complete ?? instance.complete
    const deadlines: Record<string, string | null> = {}
    const timers: TimerWrite[] = []
    const wanted: Record<string, Due | undefined> = complete
      ? Object.fromEntries(Object.keys(definition.deadlines).map((deadline) => [deadline, null]))
      : (step?.deadline ?? {})
    for (const [deadline, due] of Object.entries(wanted)) {
      if (due === undefined) continue
      const timer = timerId(id, deadline)
      deadlines[deadline] = due === null ? null : new Date(dueTime(category, due, clock())).toISOString()
      timers.push(
        due === null
          ? { cancel: timer }
          : {
              set: {
                id: timer,
                consumer: name,
                dueAt: dueTime(category, due, clock()),
                body: JSON.stringify({ id, deadline, step: stepId, correlationId: cause.correlationId }),
              },
            },
      )
    }
    const send = step?.send === undefined ? [] : Array.isArray(step.send) ? step.send : [step.send as Message]
    const data: SteppedData = {
      on,
      upTo: Math.max(instance.upTo, cause.position),
      state: step?.state === undefined ? instance.state : step.state,
      send: send.map(({ command, input }: Message) => ({ command, input })),
      deadlines,
      complete,
    }
    const commandId = v7()
    const { outcome } = await engine.events.commit({
      appends: [
        {
          category,
          streamId: id,
          expected: instance.version,
          events: [
            {
              id: stepId,
              type: 'Stepped',
              schemaVersion: 1,
              data: JSON.stringify(data),
              metadata: JSON.stringify({ principal: name, causationId: cause.id, command: `${category} ${on.kind}` }),
              tags: [],
              occurredAt: clock(),
              commandId,
              correlationId: cause.correlationId,
            },
          ],
        },
      ],
      ...(timers.length > 0 ? { timers } : {}),
      ...(once === null
        ? {}
        : { command: { principal: name, command: 'rejected', key: once, inputHash: '', expiresAt: null } }),
    })
    return outcome === 'committed' || outcome === 'seen'
  }

  return { read, stands, store }
}
