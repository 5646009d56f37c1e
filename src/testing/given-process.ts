/** `given` for processes: events, rejections and time go in, commands and deadlines come out, without a store or a wait. */
import { isDeepStrictEqual } from 'node:util'
import type { AnyAggregate } from '../model/aggregate.ts'
import type { AnyBoundary } from '../model/boundary.ts'
import { KhataError } from '../model/error.ts'
import type { Message } from '../model/message.ts'
import type { AnyProcess, Due, ProcessContext, ProcessDefinition, RejectedCommand } from '../model/process.ts'
import type { RecordedEvent } from '../model/recorded-event.ts'
import { validate } from '../model/validate.ts'
import { freeze } from '../runtime/fold.ts'
import { handlersOf } from '../runtime/handlers.ts'
import { type AnyStep, checkStep, dueTime } from '../runtime/reactions/process-step.ts'
import { type Registry, registryOf } from '../runtime/registry.ts'
import { checkStreamId } from '../runtime/stream-name.ts'
import { type AnyPastEvent, pastTime, recordPast } from './given-events.ts'
import { throughJson } from './given-report.ts'

type Handler = (state: unknown, event: RecordedEvent, context: ProcessContext) => unknown

/** One instance of a process as it is at a moment. */
export interface ProcessInstance {
  readonly id: string
  readonly state: unknown
  readonly complete: boolean
  /** When deadlines are due, in milliseconds since 1970. */
  readonly deadlines: ReadonlyMap<string, number>
}

/** A process under test on a clock of its own. */
export interface ProcessBench {
  /** The virtual clock, in milliseconds since 1970. */
  readonly now: number
  /** The instance that did something last; null when none did. */
  readonly last: ProcessInstance | null
  /** What was sent since the last action began. */
  readonly sent: readonly Message[]
  instance(id: string): ProcessInstance
  happen(fact: AnyPastEvent): void
  reject(message: Message, code: string, detail: unknown): void
  /** Moves the clock, and fires what becomes due on the way in the order of its times. */
  pass(ms: number): void
}

/** Sets up a process with past events, one a second from the beginning of 2026. */
export function processBench(
  process: AnyProcess,
  given: readonly AnyPastEvent[],
  use: readonly (AnyAggregate | AnyBoundary)[],
): ProcessBench {
  const definition: ProcessDefinition = process.definition
  const registry = registryOf([...new Set([...(definition.from as readonly (AnyAggregate | AnyBoundary)[]), ...use])])
  const handlers = handlersOf<Handler>(definition)
  const instances = new Map<string, ProcessInstance>()
  /** Commands that were sent and not said to be rejected, by the step that sent them. */
  let open: { readonly id: string; readonly step: number; readonly message: Message }[] = []
  let stepsTaken = 0
  const facts: AnyPastEvent[] = []
  let now = Date.parse(pastTime(0))
  let last: string | null = null
  let sent: Message[] = []

  const instance = (id: string): ProcessInstance =>
    instances.get(id) ?? { id, state: freeze(structuredClone(definition.initial)), complete: false, deadlines: new Map() }

  const answer = (id: string, what: string, compute: (state: never, context: ProcessContext) => unknown): void => {
    const before = instance(id)
    last = id
    if (before.complete) return
    const step = checkStep(process.name, definition, what, compute(before.state as never, { id, now: new Date(now) }))
    const messages = step?.send === undefined ? [] : [step.send].flat()
    for (const message of messages) checkMessage(registry, process, message)
    sent.push(...messages)
    stepsTaken++
    open.push(...messages.map((message) => ({ id, step: stepsTaken, message })))
    const state = step?.state === undefined ? before.state : freeze(structuredClone(step.state))
    const complete = step?.complete ?? false
    instances.set(id, {
      id,
      state,
      complete,
      deadlines: complete ? new Map() : moved(process.name, before.deadlines, step, now),
    })
  }

  const record = (fact: AnyPastEvent): RecordedEvent => {
    facts.push(fact)
    const event = recordPast(registry, facts, null).at(-1) as RecordedEvent
    const at = new Date(now).toISOString()
    const said = fact.occurredAt ?? ('to' in fact ? fact.event.occurredAt : undefined)
    return Object.freeze({ ...event, recordedAt: at, occurredAt: said === undefined ? at : event.occurredAt })
  }

  const handle = (fact: AnyPastEvent): void => {
    const event = record(fact)
    const name = `${event.category}.${event.type}`
    const handler = handlers.get(name)
    const id = handler ? definition.correlate(event as never) : null
    if (!handler || id === null) return
    answer(checkStreamId(id, 'correlate'), `on.${event.type}`, (state, context) => handler(state, event, context))
  }

  const passUntil = (until: number): void => {
    for (;;) {
      const [due] = [...instances.values()]
        .flatMap(({ id, deadlines }) => [...deadlines].map(([name, at]) => ({ id, name, at })))
        .filter(({ at }) => at <= until)
        .sort((a, b) => a.at - b.at)
      if (!due) break
      now = Math.max(now, due.at)
      const before = instance(due.id)
      const deadlines = new Map([...before.deadlines].filter(([name]) => name !== due.name))
      instances.set(due.id, { ...before, deadlines })
      answer(due.id, `deadlines.${due.name}`, (state, context) => definition.deadlines[due.name]?.(state, context))
    }
    now = until
  }

  for (const [index, fact] of given.entries()) {
    passUntil(Date.parse(pastTime(index + 1)))
    handle(fact)
  }
  sent = []

  return {
    get now() {
      return now
    },
    get last() {
      return last === null ? null : instance(last)
    },
    get sent() {
      return sent
    },
    instance,
    happen(fact) {
      sent = []
      handle(fact)
    },
    reject(message, code, detail) {
      sent = []
      const wanted = throughJson(message)
      const index = open.findIndex((each) => isDeepStrictEqual(throughJson(each.message), wanted))
      const rejected = open[index]
      if (!rejected) {
        const why = 'it cannot be rejected'
        throw new KhataError('usage', `${process.name} has not sent ${message.command} with this input: ${why}.`, null)
      }
      // Those after it in the same step were never sent.
      open = open.filter((each, at) => at < index || each.step !== rejected.step)
      const said: RejectedCommand = { ...freeze(throughJson(rejected.message) as Message), code, detail }
      answer(rejected.id, 'rejected', (state, context) => definition.rejected?.(state, said, context))
    },
    pass(ms) {
      sent = []
      passUntil(now + ms)
    },
  }
}

function moved(
  category: string,
  before: ReadonlyMap<string, number>,
  step: AnyStep | null,
  now: number,
): ReadonlyMap<string, number> {
  const deadlines = new Map(before)
  for (const [name, due] of Object.entries<Due | undefined>(step?.deadline ?? {})) {
    if (due === undefined) continue
    if (due === null) deadlines.delete(name)
    else deadlines.set(name, dueTime(category, due, now))
  }
  return deadlines
}

/** A command that its schema refuses would become a dead letter: a test should say so first. */
function checkMessage(registry: Registry, { name }: AnyProcess, { command, input }: Message): void {
  const target = registry.commands.get(command)
  const wrong = target && validate(target.command.input, input).errors?.[0]
  if (!wrong) return
  const why = `${wrong.path || 'input'}: ${wrong.message}`
  throw new KhataError('handler-failed', `The process ${name} sends ${command} with a wrong input: ${why}.`, {
    handler: `process/${name}`,
  })
}
