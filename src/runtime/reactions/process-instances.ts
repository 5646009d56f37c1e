/** The instances of a process: the last step of a stream, and the commit that adds the next. */
import { v7 } from 'uuid'
import type { Message } from '../../model/message.ts'
import type { AnyProcess, Due, ProcessDefinition } from '../../model/process.ts'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Position, Version } from '../../model/units.ts'
import type { Engine } from '../../ports/engine.ts'
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

  const read: Instances['read'] = async (id: string): Promise<Instance> => {
    let from: Version | undefined
    let newest: Version = 0
    for (;;) {
      const events = await engine.events.readStream({
        category,
        streamId: id,
        backwards: true,
        limit: 10,
        ...(from === undefined ? {} : { from }),
      })
      newest = Math.max(newest, events[0]?.version ?? 0)
      const stepped = events.find((event) => event.type === 'Stepped')
      if (stepped) {
        const data = JSON.parse(stepped.data) as SteppedData
        return { state: freeze(data.state), version: newest, upTo: data.upTo, complete: data.complete }
      }
      const last = events.at(-1)
      if (!last || last.version === 1) return { state: initial, version: newest, upTo: 0, complete: false }
      from = last.version - 1
    }
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

  return { read, store }
}
