/**
 * The lanes of one consumer that wait behind a failed event. Each is replayed from the log: first the failed event
 * again, when its time has come or somebody asked for it, then what came after it in the lane, up to where the consumer
 * has read; then the lane joins the flow again.
 */
import { v7 } from 'uuid'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Position } from '../../model/units.ts'
import type { Verdict } from '../../model/verdict.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Commit } from '../../ports/event-store.ts'
import type { DeadLetter, TimerWrite } from '../../ports/reaction-store.ts'
import { type Alarm, alarm } from '../alarm.ts'
import { decodeForHandlers } from '../codec.ts'
import type { Registry } from '../registry.ts'
import { type Attempted, attemptOnce } from './attempt.ts'
import { delayBefore } from './backoff.ts'
import type { Consumer } from './consumer.ts'
import { correctedEvent, lettersOf, letterTimer } from './letters.ts'
import type { Noter } from './notes.ts'
import type { Turns } from './turns.ts'

/** Somebody else owns the consumer now. */
export class LeaseLost extends Error {}

/** What a letter box works with. */
export interface LetterBoxParts {
  readonly engine: Engine
  readonly registry: Registry
  readonly notes: Noter
  readonly clock: () => number
  readonly chance: () => number
  readonly codeVersion: string | null
  readonly consumer: Consumer
  /** Commits with the lease; false when the commit was stale. Throws `LeaseLost`. */
  readonly commit: (commit: Commit) => Promise<boolean>
  readonly turns: Turns
  /** Fires when nothing new should begin. */
  readonly leaving: AbortSignal
  /** Fires when handlers must end. */
  readonly ending: AbortSignal
  /** Up to where the consumer has read the log. */
  readonly readTo: () => Position
  /** Hears of what must end the session. */
  readonly give: (cause: unknown) => void
  /** Stops the consumer until somebody resumes it. */
  readonly halt: (event: RecordedEvent, reason: string) => Promise<void>
}

/** Lanes behind letters. */
export interface LetterBox {
  /** Reads the letters that are stored. */
  open(): Promise<void>
  /** Looks for letters that an operator changed. */
  look(): Promise<void>
  /** Lanes that wait. */
  readonly size: number
  holds(lane: string): boolean
  /** Whether an event of a lane is left to the replay, or was handled by it before the log was read up to there. */
  passes(lane: string, position: Position): boolean
  /** Whether the box keeps an event until its lane has joined the flow; `start` is given what was kept. */
  joins(lane: string, event: RecordedEvent, finish: () => void, start: (events: RecordedEvent[]) => void): boolean
  /** Stores what becomes of an event that was not done; the lane waits from then on, unless it was skipped. */
  settle(lane: string, event: RecordedEvent, attempts: number, how: Attempted, letter: DeadLetter | null): Promise<void>
  close(): void
}

interface WaitingLane {
  letter: DeadLetter
  alarm: Alarm | null
  busy: boolean
  /** While the lane is about to join the flow: what was read meanwhile. */
  kept:
    | { readonly event: RecordedEvent; readonly finish: () => void; readonly start: (events: RecordedEvent[]) => void }[]
    | null
}

const lookIntervalMs = 250
/** The last time that there is a date for. */
const lastMoment = 8.64e15
/** Looking takes at most this part of the time, however many letters there are. */
const lookShare = 20

/** The letter box of a consumer. */
export function letterBox(parts: LetterBoxParts): LetterBox {
  const { engine, notes, clock, chance, consumer, commit, turns, leaving, ending, give } = parts
  const { settings } = consumer
  const waiting = new Map<string, WaitingLane>()
  const letters = lettersOf(engine)
  /** Lanes that joined the flow again, with the last position that the replay has handled; until it is read again. */
  const replayed = new Map<string, Position>()
  /** When letters are due whose handler asked for a time, by id. Kept as timers too: a restart does not forget it. */
  const putOff = new Map<string, number>()
  let lookAt = 0

  const schedule = (lane: string, entry: WaitingLane, ms: number): void => {
    entry.alarm?.stop()
    entry.alarm = alarm(ms, () => {
      entry.alarm = null
      if (leaving.aborted || entry.busy) return
      entry.busy = true
      turns
        .run(() => replay(lane, entry))
        .catch(give)
        .finally(() => {
          entry.busy = false
        })
    })
  }

  const hold = (lane: string, letter: DeadLetter, delayMs: number | null): void => {
    const entry = waiting.get(lane) ?? { letter, alarm: null, busy: false, kept: null }
    // Stacks are for people, and long: ten thousand of them are not kept in memory.
    entry.letter = { ...letter, stack: null }
    waiting.set(lane, entry)
    if (delayMs !== null) schedule(lane, entry, delayMs)
  }

  /** When a letter that is being retried is due; null when it waits for somebody. */
  const delayOf = (letter: DeadLetter): number | null => {
    if (letter.state === 'parked') return null
    if (letter.state === 'discarding' || letter.attempts === 0) return 0
    const dueAt = putOff.get(letter.id) ?? letter.changedAt + delayBefore(settings, letter.attempts, chance())
    return Math.max(0, dueAt - clock())
  }

  /** Commits a change of a letter, and with it the time that its handler asked for; null: none. */
  const change = async (id: string, dueAt: number | null, write: Commit): Promise<boolean> => {
    const timer = letterTimer(consumer.name, id)
    const timers: readonly TimerWrite[] =
      dueAt !== null ? [{ set: { ...timer, dueAt, body: '{}' } }] : putOff.has(id) ? [{ cancel: timer.id }] : []
    const taken = await commit({ ...write, timers })
    if (taken && dueAt === null) putOff.delete(id)
    else if (taken && dueAt !== null) putOff.set(id, dueAt)
    return taken
  }

  const settle: LetterBox['settle'] = async (lane, event, attempts, how, before) => {
    const at = clock()
    const verdict: Verdict | null = 'verdict' in how ? how : null
    if (verdict?.verdict === 'skip') {
      const note = notes.make('skipped', consumer.name, event.id, { reason: verdict.reason })
      await commit({ notes: [note] })
      return
    }
    const parked = verdict?.verdict === 'park' || (verdict === null && attempts >= settings.attempts)
    const error = verdict ? verdict.reason : 'error' in how ? how.error : ''
    const letter: DeadLetter = {
      id: before?.id ?? v7(),
      consumer: consumer.name,
      lane,
      position: event.position,
      eventId: event.id,
      eventType: event.type,
      state: parked ? 'parked' : 'retrying',
      error,
      stack: 'stack' in how ? how.stack : null,
      attempts,
      codeVersion: parts.codeVersion,
      correction: before?.eventId === event.id ? before.correction : null,
      parkedAt: before?.parkedAt ?? at,
      // Two changes in one millisecond must not look the same.
      changedAt: Math.max(at, (before?.changedAt ?? 0) + 1),
    }
    const dueAt = verdict?.verdict === 'retry-after' ? Math.min(Math.ceil(at + verdict.ms), lastMoment) : null
    const detail = { attempt: attempts, error, ...(dueAt === null ? {} : { dueAt: new Date(dueAt).toISOString() }) }
    const note = notes.make(parked ? 'parked' : 'failed', consumer.name, event.id, detail)
    const write: Commit = { deadLetters: [{ letter, expected: before?.changedAt ?? null }], notes: [note] }
    if (!(await change(letter.id, dueAt, write))) return reload(lane)
    hold(lane, letter, delayOf(letter))
  }

  /** Somebody changed the letter meanwhile: what is stored counts. */
  const reload = async (lane: string): Promise<void> => {
    const letter = await letters.ofLane(consumer.name, lane)
    if (letter) hold(lane, letter, delayOf(letter))
    else waiting.delete(lane)
  }

  /** Tries the letter's event again, and goes on in the lane as long as all goes well. */
  const replay = async (lane: string, entry: WaitingLane): Promise<void> => {
    while (!leaving.aborted) {
      const { letter } = entry
      const [stored] = await engine.events.lookUp({ ids: [letter.eventId] })
      const event = correctedEvent(letter, stored && decodeForHandlers(parts.registry, stored))
      if (letter.state === 'discarding') {
        await commit({ notes: [notes.make('discarded', consumer.name, event.id, { reason: letter.error })] })
      } else {
        const attempted = await attemptOnce(consumer, event, letter.attempts + 1, ending)
        if (leaving.aborted && 'result' in attempted && attempted.result === 'failed') return
        if ('verdict' in attempted && attempted.verdict === 'stop') return parts.halt(event, attempted.reason)
        if ('verdict' in attempted || attempted.result === 'failed') {
          await settle(lane, event, letter.attempts + 1, attempted, letter)
          if (!('verdict' in attempted && attempted.verdict === 'skip')) return
        }
      }
      if (await advance(lane, entry, event)) return
    }
  }

  /** The lane goes on to its next event, or joins the flow when there is none; says whether it joined. */
  const advance = async (lane: string, entry: WaitingLane, event: RecordedEvent): Promise<boolean> => {
    const { letter } = entry
    // From here on what is read of the lane is kept: nothing of it can be missed.
    entry.kept = []
    const next = await consumer.next(lane, event, parts.readTo())
    if (next) {
      for (const { finish } of entry.kept.splice(0)) finish()
      entry.kept = null
      const moved: DeadLetter = {
        ...letter,
        position: next.position,
        eventId: next.id,
        eventType: next.type,
        state: 'retrying',
        error: 'Waits behind the event before it.',
        stack: null,
        attempts: 0,
        correction: null,
        changedAt: Math.max(clock(), letter.changedAt + 1),
      }
      if (!(await change(letter.id, null, { deadLetters: [{ letter: moved, expected: letter.changedAt }] }))) {
        await reload(lane)
        return true
      }
      entry.letter = moved
      return false
    }
    const removed = await change(letter.id, null, {
      deadLetters: [{ remove: letter.id, expected: letter.changedAt }],
      notes: [notes.make('resumed', consumer.name, letter.eventId, { lane })],
    })
    if (!removed) {
      for (const { finish } of entry.kept.splice(0)) finish()
      entry.kept = null
      await reload(lane)
      return true
    }
    waiting.delete(lane)
    if (event.position > parts.readTo()) replayed.set(lane, event.position)
    const kept = entry.kept
    entry.kept = null
    kept[0]?.start(kept.map((item) => item.event))
    return true
  }

  return {
    async open() {
      for (const { id, dueAt } of await letters.timers(consumer.name)) putOff.set(id, dueAt)
      for await (const letter of letters.all(consumer.name)) hold(letter.lane, letter, delayOf(letter))
    },
    async look() {
      for (const [lane, position] of replayed) if (position <= parts.readTo()) replayed.delete(lane)
      const startedAt = performance.now()
      if (waiting.size === 0 || startedAt < lookAt) return
      for (const state of ['retrying', 'discarding'] as const) {
        for await (const letter of letters.all(consumer.name, state)) {
          const entry = waiting.get(letter.lane)
          if (entry && !entry.busy && entry.letter.changedAt < letter.changedAt) hold(letter.lane, letter, delayOf(letter))
        }
      }
      const endedAt = performance.now()
      lookAt = endedAt + Math.max(lookIntervalMs, (endedAt - startedAt) * lookShare)
    },
    get size() {
      return waiting.size
    },
    holds: (lane) => waiting.has(lane),
    passes(lane, position) {
      const entry = waiting.get(lane)
      // After a restart the log is read again from the checkpoint, and letters may be ahead of it.
      if (entry) return entry.kept === null || position <= entry.letter.position
      return position <= (replayed.get(lane) ?? 0)
    },
    joins(lane, event, finish, start) {
      const kept = waiting.get(lane)?.kept
      if (!kept) return false
      kept.push({ event, finish, start })
      return true
    },
    settle,
    close() {
      for (const entry of waiting.values()) entry.alarm?.stop()
      waiting.clear()
    },
  }
}
