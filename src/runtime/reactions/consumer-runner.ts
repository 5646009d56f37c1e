/**
 * Runs one reactor or process in this process: reads the log once, hands each event to its lane, and keeps the
 * checkpoint at the last event up to which all are done.
 *
 * Invariants
 * - Events of a lane are handled one at a time and in order; lanes go side by side up to a limit.
 * - A lane whose event failed is taken out of the flow: a letter with its first unhandled event is stored, and it is
 *   replayed from the log, while the checkpoint goes on. So what was done is not done again after a crash, but for the
 *   few events that were in work.
 * - Every write proves the lease. Who lost it stops handling and writes nothing more.
 */
import type { RecordedEvent } from '../../model/recorded-event.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Commit } from '../../ports/event-store.ts'
import type { ConsumerState } from '../../ports/reaction-store.ts'
import type { Lease } from '../../ports/work-store.ts'
import { leased, rest } from '../leased.ts'
import type { Registry } from '../registry.ts'
import type { Tail } from '../tail.ts'
import { attemptOnce } from './attempt.ts'
import { type Consumer, laneOf } from './consumer.ts'
import { LeaseLost, type LetterBox, letterBox } from './letter-box.ts'
import type { Noter } from './notes.ts'
import { Progress } from './progress.ts'
import { registered } from './registration.ts'
import { Turns } from './turns.ts'

/** What runners work with. */
export interface ConsumerRunnerParts {
  readonly engine: Engine
  /** Who asks for leases. */
  readonly owner: string
  readonly registry: Registry
  readonly tail: Tail
  readonly notes: Noter
  readonly clock: () => number
  /** From 0 to 1, for jitter. */
  readonly chance: () => number
  /** How dead letters name the code that failed. */
  readonly codeVersion: string | null
}

/** A consumer at work in this process. */
export interface ConsumerRunner {
  readonly state: 'running' | 'catching-up' | 'waiting' | 'paused' | 'stopped' | 'retrying' | 'idle'
  readonly error: string | null
  /** Events in work or waiting for their lane's turn. */
  readonly open: number
  stop(): Promise<void>
}

const pageSize = 256
/** Events that may wait in memory for their lane's turn. */
const openLimit = 1_024
/** Lanes that may wait behind a letter before the whole consumer waits. */
const laneLimit = 10_000
const fullRestMs = 50
const stopGraceMs = 10_000

/** Starts a consumer's runner. */
export function runConsumer(parts: ConsumerRunnerParts, consumer: Consumer): ConsumerRunner {
  const { engine, owner, tail, clock } = parts
  const stopping = new AbortController()
  const { signal } = stopping
  let state: ConsumerRunner['state'] = 'idle'
  let error: string | null = null
  let progress = new Progress(0)

  const stored = async (): Promise<ConsumerState | undefined> =>
    (await engine.reactions.consumers()).find(({ name }) => name === consumer.name)

  /** Works as the owner of a lease until it is stopped, paused or loses the lease. */
  const session = async (lease: Lease, lost: AbortSignal): Promise<void> => {
    await registered(engine, consumer, clock, tail.history.restoredTo)
    const checkpoint = (await engine.work.checkpoints(consumer.name)).get(0) ?? 0
    progress = new Progress(checkpoint)
    const over = new AbortController()
    /** Aborted when handlers must end, a while after reading has. */
    const ending = new AbortController()
    const leaving = AbortSignal.any([signal, lost, over.signal])
    const turns = new Turns(consumer.settings.concurrency)
    const lanes = new Map<string, RecordedEvent[]>()
    const done = new Map<number, () => void>()
    let saved = checkpoint
    let saving: Promise<void> | null = null
    let failure: unknown = null

    const commit = async (commit: Commit): Promise<boolean> => {
      if (lost.aborted) throw new LeaseLost()
      const { outcome } = await engine.events.commit({ ...commit, leases: [lease] })
      if (outcome === 'fenced') throw new LeaseLost()
      return outcome === 'committed'
    }
    const give = (cause: unknown): void => {
      failure ??= cause
      over.abort()
    }
    const finish = (event: RecordedEvent): void => {
      done.get(event.position)?.()
      done.delete(event.position)
      save()
    }
    /** One save at a time; what is done meanwhile goes with the next. */
    const save = (): void => {
      const to = progress.done
      if (saving || to <= saved || failure !== null) return
      saving = commit({ checkpoints: [{ consumer: consumer.name, shard: 0, from: saved, to }] })
        .then((taken) => {
          if (!taken) throw new LeaseLost()
          saved = to
        })
        .catch(give)
        .finally(() => {
          saving = null
          save()
        })
    }

    const halt = async (event: RecordedEvent, reason: string): Promise<void> => {
      const consumers: Commit['consumers'] = [
        { consumer: { name: consumer.name, state: 'stopped', reason, changedAt: clock() }, expected: 'running' },
      ]
      await commit({ consumers, notes: [parts.notes.make('stopped', consumer.name, event.id, { reason })] })
      over.abort()
    }

    const box: LetterBox = letterBox({
      ...parts,
      consumer,
      commit,
      turns,
      leaving,
      ending: ending.signal,
      readTo: () => progress.read,
      give,
      halt,
    })
    await box.open()

    /** Handles what waits in a lane until it is empty or an event fails. */
    const workLane = async (lane: string, queue: RecordedEvent[]): Promise<void> => {
      while (queue.length > 0 && !leaving.aborted) {
        const event = queue[0] as RecordedEvent
        const attempted = await attemptOnce(consumer, event, 1, ending.signal)
        if (lost.aborted || ('result' in attempted && attempted.result === 'failed' && ending.signal.aborted)) return
        if ('verdict' in attempted && attempted.verdict === 'stop') return halt(event, attempted.reason)
        if (!('result' in attempted) || attempted.result === 'failed') await box.settle(lane, event, 1, attempted, null)
        queue.shift()
        finish(event)
        if (!box.holds(lane)) continue
        // What waited in the lane is behind the letter now, and is read from the log again.
        for (const later of queue.splice(0)) finish(later)
      }
    }
    const take = (event: RecordedEvent): void => {
      const lane = laneOf(consumer, event)
      if (lane === null || box.passes(lane, event.position)) return
      done.set(event.position, progress.begin(event.position))
      if (
        box.joins(
          lane,
          event,
          () => finish(event),
          (events) => start(lane, events),
        )
      )
        return
      const queue = lanes.get(lane)
      if (queue) queue.push(event)
      else start(lane, [event])
    }
    const start = (lane: string, queue: RecordedEvent[]): void => {
      lanes.set(lane, queue)
      turns
        .run(() => workLane(lane, queue))
        .catch(give)
        .finally(() => {
          lanes.delete(lane)
          // Something may have come between the end of the work and this.
          if (queue.length > 0 && !leaving.aborted) start(lane, queue)
        })
    }

    try {
      while (!leaving.aborted) {
        const { mark } = tail
        const now = await stored()
        if (now?.state !== 'running') {
          state = now?.state ?? 'stopped'
          error = now?.reason ?? null
          break
        }
        await box.look()
        if (progress.open >= openLimit || box.size >= laneLimit) {
          state = box.size >= laneLimit ? 'waiting' : 'catching-up'
          error = box.size >= laneLimit ? `${box.size} lanes wait behind dead letters: the consumer waits as a whole.` : null
          // Lanes are freed by people, or by time.
          await rest(box.size >= laneLimit ? fullRestMs : 5, leaving)
          continue
        }
        const page = await tail.read(progress.read, pageSize)
        for (const event of page.events) if (consumer.handles(event.category, event.type)) take(event)
        progress.readTo(page.to)
        save()
        error = box.size > 0 ? `${box.size} lanes wait behind a failed event.` : null
        state = page.full ? 'catching-up' : 'running'
        // Also after a full page, so that whoever else waits for a turn gets one.
        if (page.full) await new Promise((resolve) => setImmediate(resolve))
        else await tail.stirred(mark, box.size > 0 ? 250 : 1_000, leaving)
      }
    } finally {
      over.abort()
      const grace = setTimeout(() => ending.abort(), stopGraceMs)
      await turns.idle()
      clearTimeout(grace)
      box.close()
      while (saving) await saving
    }
    if (failure !== null && !(failure instanceof LeaseLost)) throw failure
  }

  const running = leased(
    { engine, tail, owner, name: consumer.name, signal },
    {
      session,
      mayWork: async () => {
        const now = await stored()
        // One that is not there is registered again: the store was restored to a time before it was.
        if (!now || now.state === 'running') return true
        state = now.state
        error = now.reason
        return false
      },
      failed: (message) => {
        state = 'retrying'
        error = message
      },
      elsewhere: () => {
        state = 'idle'
        error = null
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
      return error
    },
    get open() {
      return progress.open
    },
    async stop() {
      stopping.abort()
      await running
    },
  }
}
