/**
 * Due timers: deadlines of processes, recurring schedules, and commands that were put off. One process at a time looks
 * after them; whoever does, a timer is used up in the commit that holds what it did, or sends its command under a key
 * made of the timer, so that it takes effect once.
 */
import { CronExpressionParser } from 'cron-parser'
import { KhataError } from '../../model/error.ts'
import type { Message } from '../../model/message.ts'
import type { Schedule } from '../../model/schedule.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Timer } from '../../ports/reaction-store.ts'
import type { CommandBus } from '../command-bus.ts'
import { asynchronous, gavePromise } from '../gave-promise.ts'
import { leased, rest } from '../leased.ts'
import { messageOf } from '../message-of.ts'
import type { Tail } from '../tail.ts'
import { putOff, timerKey } from './later.ts'
import type { Noter } from './notes.ts'
import type { ProcessConsumer } from './process-consumer.ts'

/** What the scheduler works with. */
export interface SchedulerParts {
  readonly engine: Engine
  /** Who asks for leases. */
  readonly owner: string
  readonly tail: Tail
  readonly commands: Pick<CommandBus, 'send'>
  readonly notes: Noter
  readonly clock: () => number
  readonly processes: readonly ProcessConsumer[]
  readonly schedules: readonly Schedule[]
}

/** The scheduler at work in this process. */
export interface Scheduler {
  readonly state: 'running' | 'retrying' | 'idle' | 'stopped'
  readonly error: string | null
  stop(): Promise<void>
}

const pageSize = 200
const longestRestMs = 1_000
const shortestRestMs = 25
/** A time that was missed by more than this counts as missed; less is only the scheduler's own delay. */
const lateAfterMs = 60_000
const firstFailedRestMs = 5_000
const lastFailedRestMs = 300_000

/**
 * The first time of a schedule after a moment; milliseconds since 1970.
 * @throws KhataError `definition` when the cron expression cannot be read
 */
export function nextTime({ name, definition }: Schedule, after: number): number {
  try {
    return CronExpressionParser.parse(definition.cron, { tz: definition.timeZone, currentDate: new Date(after) })
      .next()
      .getTime()
  } catch (cause) {
    throw new KhataError(
      'definition',
      `schedule '${name}': the cron expression '${definition.cron}' cannot be read.`,
      { part: name },
      { cause },
    )
  }
}

/** The last time of a schedule at or before a moment. */
function lastTime({ definition }: Schedule, at: number): number {
  return CronExpressionParser.parse(definition.cron, { tz: definition.timeZone, currentDate: new Date(at + 1) })
    .prev()
    .getTime()
}

/** A timer that could not be acted on. */
interface FailedTimer {
  readonly timer: Timer
  readonly error: string
  /** When it is tried again; milliseconds since 1970. */
  readonly until: number
  /** After how long. */
  readonly restMs: number
}

/** Starts the scheduler. */
export function runScheduler(parts: SchedulerParts): Scheduler {
  const { engine, owner, tail, commands, notes, clock } = parts
  const processes = new Map(parts.processes.map((consumer) => [consumer.name, consumer]))
  const schedules = new Map(parts.schedules.map((schedule) => [`schedule/${schedule.name}`, schedule]))
  const stopping = new AbortController()
  const failed = new Map<string, FailedTimer>()
  let state: Scheduler['state'] = 'idle'
  let error: string | null = null

  const sendOnce = async (timer: Timer, message: Message): Promise<void> => {
    const outcome = await commands.send(
      message.command,
      message.input,
      { idempotencyKey: timerKey(timer), keepKey: true, user: { id: timer.consumer } as never },
      true,
    )
    if (outcome.rejected !== undefined) {
      await notes.write('rejected', timer.consumer, null, { timer: timer.id, command: message.command, code: outcome.rejected })
    }
  }

  const fireSchedule = async (timer: Timer, schedule: Schedule): Promise<void> => {
    const now = clock()
    const missed = now - timer.dueAt > lateAfterMs
    const due = missed ? lastTime(schedule, now) : timer.dueAt
    // After down time only the last time that was missed counts, however many there were.
    const recent = now - due <= lateAfterMs
    if (recent || schedule.definition.late === 'fire') {
      const message = schedule.definition.send(new Date(due))
      if (gavePromise(message)) throw asynchronous(`send of the schedule '${schedule.name}'`, timer.consumer)
      await sendOnce({ ...timer, dueAt: due }, message)
    } else {
      await notes.write('dropped', timer.consumer, null, { dueAt: new Date(timer.dueAt).toISOString() })
    }
    const next: Timer = { ...timer, dueAt: nextTime(schedule, Math.max(due, now)) }
    await engine.events.commit({ timers: [{ fired: timer.id, dueAt: timer.dueAt }, { set: next }] })
  }

  const fire = async (timer: Timer): Promise<void> => {
    const process = processes.get(timer.consumer)
    const schedule = schedules.get(timer.consumer)
    if (process) await engine.events.commit(process.fire(timer))
    else if (schedule) await fireSchedule(timer, schedule)
    else if (timer.consumer === putOff) {
      await sendOnce(timer, JSON.parse(timer.body) as Message)
      await engine.events.commit({ timers: [{ fired: timer.id, dueAt: timer.dueAt }] })
    }
  }

  /** Fires one timer; one that fails is tried again later and does not hold up the others. */
  const tryFire = async (timer: Timer): Promise<void> => {
    const known = failed.get(timer.id)
    // One that was set anew in its place has not failed yet.
    const before = known?.timer.dueAt === timer.dueAt && known.timer.body === timer.body ? known : undefined
    if (before !== undefined && before.until > clock()) return
    try {
      await fire(timer)
      failed.delete(timer.id)
    } catch (cause) {
      const text = messageOf(cause)
      const restMs = Math.min((before?.restMs ?? firstFailedRestMs / 2) * 2, lastFailedRestMs)
      failed.set(timer.id, { timer, error: text, until: clock() + restMs, restMs })
      // It may fail for months, until a release comes that can do it: what is the same is not noted again.
      if (before?.error === text) return
      await notes.write('failed', timer.consumer, null, { timer: timer.id, error: text })
    }
  }

  /** Forgets timers that failed and are not due any more: they were called off or moved. */
  const forgetAllBut = (due: readonly Timer[], consumer: string): void => {
    if (failed.size === 0) return
    const ids = new Set(due.map(({ id }) => id))
    for (const [id, { timer }] of failed) if (timer.consumer === consumer && !ids.has(id)) failed.delete(id)
  }

  const setSchedules = async (): Promise<void> => {
    for (const [consumer, schedule] of schedules) {
      const body = JSON.stringify({ cron: schedule.definition.cron, timeZone: schedule.definition.timeZone })
      const [known] = await engine.reactions.timers({ id: consumer, limit: 1 })
      if (known?.body === body) continue
      await engine.events.commit({ timers: [{ set: { id: consumer, consumer, dueAt: nextTime(schedule, clock()), body } }] })
    }
  }

  const session = async (_lease: unknown, lost: AbortSignal): Promise<void> => {
    const leaving = AbortSignal.any([stopping.signal, lost])
    await setSchedules()
    state = 'running'
    error = null
    while (!leaving.aborted) {
      const { mark } = tail
      let more = false
      let next = Infinity
      // By consumer: timers of one that this release does not know are left to a release that does, and hold up nobody.
      for (const consumer of [...processes.keys(), ...schedules.keys(), putOff]) {
        // Those that failed are passed over for a while, and there are always some beside them.
        const limit = pageSize + failed.size
        const due = await engine.reactions.timers({ dueBy: clock(), consumer, limit })
        for (const timer of due) {
          if (leaving.aborted) return
          await tryFire(timer)
        }
        if (due.length === limit) more = true
        else forgetAllBut(due, consumer)
        const [first] = await engine.reactions.timers({ consumer, limit: 1 })
        if (first && !failed.has(first.id)) next = Math.min(next, first.dueAt)
      }
      // The store may answer without a pause: everybody else in the process gets a turn.
      if (more) await new Promise((resolve) => setImmediate(resolve))
      else {
        await tail.stirred(mark, Math.min(Math.max(next - clock(), 5), longestRestMs), leaving)
        // Any commit may have set a timer, but a look after each of them would cost more than they do.
        await rest(Math.max(0, Math.min(next - clock(), shortestRestMs)), leaving)
      }
    }
  }

  const running = leased(
    { engine, tail, owner, name: 'scheduler', signal: stopping.signal },
    {
      session,
      mayWork: async () => true,
      failed: (message) => {
        state = 'retrying'
        error = message
      },
      elsewhere: () => {
        state = 'idle'
        error = null
        failed.clear()
      },
    },
  ).finally(() => {
    state = 'stopped'
  })

  return {
    get state() {
      return state
    },
    get error() {
      if (error !== null) return error
      const [first] = failed.values()
      if (!first) return null
      const others = failed.size > 1 ? ` (and ${failed.size - 1} more)` : ''
      return `${first.timer.id} failed and is tried again${others}: ${first.error}`
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}
