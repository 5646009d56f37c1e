/**
 * Notices when the store is no longer the one that this process knows: it was restored to an earlier state, adopted, or
 * exchanged for another one.
 *
 * Events are never changed, so an event that was seen must be there for ever. When it is not, all that was learnt from the
 * log is forgotten, and reactors, processes and schedules wait: from the store alone nobody can tell what they did in the
 * time that was lost. `khata adopt` says that this is the store to go on with; then they do, from where it says they are.
 */
import type { Position } from '../model/units.ts'
import type { Engine, Identity } from '../ports/engine.ts'

/** The log's past, as this process relies on it. */
export interface History {
  /** Counts what was noticed. What was read from the store under a lower count may be of a past that is lost. */
  readonly era: number
  /** Why nothing with side effects is done; null while all is well. */
  readonly broken: string | null
  /** Where the log ended when it was last noticed that events of it are gone; null when they never were. */
  readonly restoredTo: Position | null
  /** The store's epoch. */
  readonly epoch: string
  /** Fires when something is noticed. */
  readonly signal: AbortSignal
  /** Remembers an event that was seen at a position. */
  saw(position: Position, eventId: string): void
  /** Says whether an event is the one that was seen at a position; when it is not, or is not there, the store is looked at. */
  isSame(position: Position, eventId: string | null): boolean
  /**
   * Looks at the store now. For whoever begins to work at a place that the store gives: without the look, what this process
   * remembers of a past that is lost could be taken for what follows that place.
   */
  confirm(): Promise<void>
  /** Calls back when something was noticed, or events that were seen are gone. */
  onBreak(listener: () => void): void
  close(): void
}

const hintMs = 250
const lookEveryMs = 1_000
/** Ends of pages that are remembered, one or two for each consumer. */
const placesKept = 1_000

/** Watches the history of a store. */
export function historyOf(engine: Engine, identity: Identity): History {
  const listeners: (() => void)[] = []
  let places = new Map<Position, string>()
  let newest: readonly [position: Position, eventId: string] | null = null
  let { epoch } = identity
  let era = 0
  let broken: string | null = null
  let restoredTo: Position | null = null
  let noticing = new AbortController()
  let hint: NodeJS.Timeout | null = null
  let looking = false

  const notice = (sentence: string | null): void => {
    broken = sentence
    era++
    newest = null
    places = new Map()
    noticing.abort()
    noticing = new AbortController()
    for (const listener of listeners) listener()
  }

  const saw = (position: Position, eventId: string): void => {
    if (newest === null || position >= newest[0]) newest = [position, eventId]
    places.delete(position)
    places.set(position, eventId)
    if (places.size > placesKept) places.delete(places.keys().next().value as Position)
  }

  const lookOnce = async (): Promise<void> => {
    const known = newest
    const before = era
    const now = await engine.identity()
    const end = await engine.events.head()
    const [event] = known === null ? [] : await engine.events.lookUp({ position: known[0] })
    const restored = known !== null && event?.id !== known[1]
    // The end that was read may be that of the past which is gone.
    const head = restored ? await engine.events.head() : end
    if (era !== before) return
    if (now.storeId !== identity.storeId) {
      const another = `Another store is at ${engine.name} than when this process started: start it again, or put the store back.`
      if (broken !== another) notice(another)
      return
    }
    const adopted = now.epoch !== epoch
    epoch = now.epoch
    if (restored) restoredTo = head.position
    if (adopted) return notice(null)
    if (restored) {
      return notice(
        `The store was restored to an earlier state: event ${known[0]} is not there any more, and ${head.position} is the last. ` +
          'Reactors, processes and schedules wait, for what they did since may be done again: when this is the store to go on with, run `khata adopt`.',
      )
    }
    if (head.eventId !== null) saw(head.position, head.eventId)
  }

  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    try {
      await lookOnce()
    } catch {
      // The store is away: whoever reads or commits hears of it, and the next look comes soon.
    } finally {
      looking = false
    }
  }

  const timer = setInterval(look, lookEveryMs)
  timer.unref()
  const stop = engine.onCommit((lost) => {
    if (lost) {
      // What memory holds is of the past that is gone, before anybody can decide on it again.
      for (const listener of listeners) listener()
      lookOnce().catch(() => {})
      return
    }
    hint ??= setTimeout(() => {
      hint = null
      void look()
    }, hintMs).unref()
  })
  void look()

  return {
    get era() {
      return era
    },
    get broken() {
      return broken
    },
    get restoredTo() {
      return restoredTo
    },
    get epoch() {
      return epoch
    },
    get signal() {
      return noticing.signal
    },
    saw,
    isSame(position, eventId) {
      const known = places.get(position)
      const same = eventId !== null && (known === undefined || known === eventId)
      if (!same) void look()
      return same
    },
    confirm: lookOnce,
    onBreak: (listener) => {
      listeners.push(listener)
    },
    close() {
      clearInterval(timer)
      if (hint) clearTimeout(hint)
      stop()
      listeners.length = 0
    },
  }
}
