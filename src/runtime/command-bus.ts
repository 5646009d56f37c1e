/**
 * The way of a command: validate, authorize, seen before?, load, decide, append, receipt.
 *
 * Invariants
 * - Commands on one stream or boundary are decided one at a time in this process; other processes are met by the
 *   append's guard, after which the decision is made again on fresh state.
 * - A state from memory may accept, because the append proves it; a rejection, an empty decision, a failed precondition
 *   or business code that throws is answered only after the store was read.
 * - Business code runs before the commit: what is written was taken in by `evolve` and by the inline views.
 * - A keyed command is looked up again before any refusal: it may have been done meanwhile.
 */
import { KhataError } from '../model/error.ts'
import type { Engine } from '../ports/engine.ts'
import type { CommandKey, CommitOutcome } from '../ports/event-store.ts'
import type { ViewWrite } from '../ports/view-store.ts'
import type { StoredReceipt } from '../ports/work-store.ts'
import type { Outcome, Receipt, SendOptions } from './app.ts'
import { placeEvent } from './codec.ts'
import { checkInput, type Flight, flightOf } from './flight.ts'
import type { Gate } from './gate.ts'
import { earlierReceipt } from './idempotency.ts'
import type { InlineViews } from './inline-views.ts'
import { KeyedQueue } from './keyed-queue.ts'
import { appendsOf } from './plan.ts'
import { type Prepared, prepare } from './prepare.ts'
import { receiptOf } from './receipt-of.ts'
import type { Registry } from './registry.ts'
import { checkSendOptions } from './send-options.ts'
import type { Subject, Subjects } from './subject.ts'
import type { Tail } from './tail.ts'
import type { Tokens } from './token.ts'
import type { Writes } from './writes.ts'

/** What the command bus works with. */
export interface CommandBusParts {
  readonly engine: Engine
  readonly registry: Registry
  readonly subjects: Subjects
  readonly inline: InlineViews
  readonly tail: Tail
  readonly tokens: Tokens
  readonly gate: Gate
  readonly writes: Writes
  readonly clock: () => number
  readonly authorize: (command: string, input: unknown, user: SendOptions['user']) => Promise<void>
  readonly commandLimit: number
  readonly keyLifetimeMs: number
}

/** Takes commands by name. */
export interface CommandBus {
  /** `trusted`: sent by the app's own business code; see `Flight`. */
  send(command: string, input: unknown, options: SendOptions, trusted?: boolean): Promise<Outcome<string>>
  /** Commands in work. */
  readonly inFlight: number
  /** Resolves when the commands in work are answered. */
  drained(): Promise<void>
}

const defaultDeadlineMs = 10_000

/** Makes the command bus of an app. */
export function commandBus(parts: CommandBusParts): CommandBus {
  const { engine, registry, subjects, inline, tail, tokens, gate, writes, clock } = parts
  const queue = new KeyedQueue()
  const flights = new Map<string, Promise<Outcome<string>>>()
  const idle: (() => void)[] = []
  let inFlight = 0

  const repeat = async (stored: StoredReceipt): Promise<Receipt> => receiptOf(stored, true, await tokens.at(stored.position))

  /** Decides until an answer stands; `subject` is the aggregate's stream or the boundary. */
  const decideUntilDone = async (flight: Flight, subject: Subject): Promise<Outcome<string>> => {
    const { target, options, key, trusted } = flight
    const deadline = flight.startedAt + (options.deadlineMs ?? defaultDeadlineMs)
    for (let attempt = 0; ; attempt++) {
      if (!subject.loaded) await subject.refresh()
      const prepared = prepare(registry, flight, subject, clock())
      // What refuses or does nothing is an answer only on the newest state, and to what was not done meanwhile.
      const isRefused = prepared.kind !== 'ready'
      if ((isRefused || prepared.events.length === 0) && (await subject.refreshed())) continue
      if (isRefused) {
        const earlier = key && (await earlierReceipt(engine.work, key, trusted))
        if (earlier) return repeat(earlier)
        if (prepared.kind === 'failed') throw prepared.error
        return { rejected: prepared.rejection.rejected, detail: prepared.rejection.detail }
      }

      const { plan, events } = prepared
      const conditions = [...plan.conditions, ...subject.conditions]
      const appends = appendsOf(plan)
      const leave = await gate.enter()
      let views: readonly ViewWrite[] = []
      let outcome: CommitOutcome
      try {
        views = await inline.fold(events)
        outcome = await engine.events.commit({
          appends,
          ...(conditions.length > 0 ? { conditions } : {}),
          ...(key ? { command: key } : {}),
          ...(events.length > 0 && views.length > 0 ? { inline: views } : {}),
        })
      } catch (error) {
        // What was folded on top of a commit that may not have happened must not be built on.
        if (views.length > 0) inline.forget(views)
        writes.failed(error)
        throw error
      } finally {
        leave()
      }
      if (outcome.outcome === 'committed') return committed(prepared, subject, outcome, views)
      if (views.length > 0) inline.forget(views)
      if (outcome.outcome === 'seen') return repeat(outcome.receipt)
      if (outcome.outcome === 'key-reused' && key) {
        const earlier = await earlierReceipt(engine.work, key, trusted)
        if (earlier) return repeat(earlier)
        // Its time was over just now.
        continue
      }
      if (outcome.outcome === 'conflict' && outcome.condition !== undefined && outcome.condition < plan.codes.length) {
        const code = plan.codes[outcome.condition] as string
        target.seenRejections.add(code)
        return { rejected: code, detail: null }
      }
      if (outcome.outcome === 'conflict' || outcome.outcome === 'document-moved') {
        const clause = outcome.outcome === 'conflict' ? outcome.clause : 'moved-on'
        const lost = outcome.outcome === 'conflict' && outcome.append !== undefined ? appends[outcome.append] : undefined
        if (lost && `${lost.category}/${lost.streamId}` !== `${subject.category}/${subject.streamId}`) {
          // Deciding again would give the same guard: only the caller can know another version.
          const stream = `${lost.category}/${lost.streamId}`
          throw new KhataError('conflict', `${stream} is not at version ${lost.expected}, which ${target.name} relies on.`, {
            clause,
            stream,
          })
        }
        if (clock() > deadline) {
          const stream = `${target.owner}/${subject.streamId}`
          throw new KhataError(
            'conflict',
            `${target.name} lost against other commands on ${stream} for too long: send it again.`,
            { clause, stream },
          )
        }
        // Other processes are at it too: give way, more each time.
        if (attempt > 2) await new Promise((resolve) => setTimeout(resolve, Math.random() * Math.min(attempt * 2, 50)))
        if (outcome.outcome === 'conflict') await subject.refresh()
        continue
      }
      throw new KhataError('store-damaged', `The store answered '${outcome.outcome}' to a command.`, { what: outcome.outcome })
    }
  }

  const committed = async (
    { plan, events: unplaced, state }: Extract<Prepared, { kind: 'ready' }>,
    subject: Subject,
    outcome: Extract<CommitOutcome, { outcome: 'committed' }>,
    views: readonly ViewWrite[],
  ): Promise<Receipt> => {
    writes.done()
    if (views.length > 0) inline.committed(views, outcome.inline)
    const written = plan.streams.filter((stream) => stream.events.length > 0 || stream.expected !== null)
    const recordedAt = new Date(outcome.recordedAt).toISOString()
    let position = outcome.first
    const placed = written.flatMap((stream, index) => {
      const firstVersion = (outcome.versions[index] as number) - stream.events.length + 1
      return stream.events.map((event, nth) => placeEvent(event, position++, firstVersion + nth, recordedAt))
    })
    subject.advance(state, unplaced, outcome)
    if (placed.length > 0) {
      const encoded = written.flatMap((stream) => stream.events)
      tail.push(
        placed,
        encoded.reduce((sum, { stored }) => sum + stored.data.length + stored.metadata.length, 0),
      )
    }
    const last = placed.at(-1)
    const streams = written.map(({ category, streamId }, index) => ({
      category,
      streamId,
      version: outcome.versions[index] as number,
    }))
    // A boundary that wrote nothing has no stream to name.
    if (streams.length === 0) streams.push({ category: subject.category, streamId: subject.streamId, version: subject.version })
    const events = placed.map(({ id, type }) => ({ id, type }))
    const token = last ? tokens.make(last.position, last.id) : await tokens.at(outcome.last)
    return receiptOf({ streams, position: outcome.last, events }, false, token)
  }

  const fly = async (flight: Flight): Promise<Outcome<string>> => {
    if (flight.key) {
      const earlier = await earlierReceipt(engine.work, flight.key, flight.trusted)
      if (earlier) return repeat(earlier)
    }
    const subject = subjects.of(flight.target, flight.input)
    return queue.run(subject.key, () => decideUntilDone(flight, subject))
  }

  /** Calls with one key share one flight; the others answer what the first got. */
  const flyOnce = async (flight: Flight, key: CommandKey): Promise<Outcome<string>> => {
    const name = JSON.stringify([key.principal, key.command, key.key])
    for (;;) {
      const running = flights.get(name)
      if (!running) break
      // Another input under this key finds the receipt of the first, if it got one; the same input shares its answer.
      const answer = await running.catch(() => null)
      if (answer && !answer.rejected) {
        const earlier = await earlierReceipt(engine.work, key, flight.trusted)
        if (earlier) return repeat(earlier)
      }
    }
    const running = fly(flight)
    flights.set(name, running)
    try {
      return await running
    } finally {
      flights.delete(name)
    }
  }

  const start = async (command: string, given: unknown, options: SendOptions, trusted: boolean): Promise<Outcome<string>> => {
    const target = registry.commands.get(command)
    if (!target) throw new KhataError('unknown-command', `There is no command '${command}'.`, { command })
    const input = checkInput(target, given)
    checkSendOptions(target, options)
    if (!trusted) await parts.authorize(command, input, options.user)
    const flight = flightOf(target, input, given, options, clock(), parts.keyLifetimeMs, trusted)
    return flight.key ? flyOnce(flight, flight.key) : fly(flight)
  }

  return {
    async send(command, input, options, trusted = false) {
      if (inFlight >= parts.commandLimit) {
        throw new KhataError('overloaded', 'Too many commands are in work: try again shortly.', { retryAfterMs: 1_000 })
      }
      inFlight++
      try {
        return await start(command, input, options, trusted)
      } finally {
        inFlight--
        if (inFlight === 0) for (const done of idle.splice(0)) done()
      }
    },
    get inFlight() {
      return inFlight
    },
    drained: () => (inFlight === 0 ? Promise.resolve() : new Promise((resolve) => idle.push(resolve))),
  }
}
