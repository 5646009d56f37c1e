/** What operators see of dead letters and do with them. Everything they do leaves a note. */
import { isKhataError, KhataError } from '../../model/error.ts'
import { validate } from '../../model/validate.ts'
import type { Engine } from '../../ports/engine.ts'
import type { DeadLetter, Note } from '../../ports/reaction-store.ts'
import type { DeadLetterEntry, DeadLetterFilter, DryRun, NoteEntry, Reactions, RetryOptions } from '../app-reactions.ts'
import { asStored, decodeEvent, withData } from '../codec.ts'
import { messageOf } from '../message-of.ts'
import type { Registry } from '../registry.ts'
import { storable } from '../storable.ts'
import type { Consumer } from './consumer.ts'
import { correctedEvent, lettersOf } from './letters.ts'
import type { Noter } from './notes.ts'

/** What dead letters are worked on with. */
export interface DeadLetterParts {
  readonly engine: Engine
  readonly registry: Registry
  /** The consumer of a name, `name` or `reactor/name`. Throws `unknown-consumer`. */
  readonly consumerNamed: (name: string) => Consumer
  readonly notes: Noter
  readonly clock: () => number
}

type DeadLetters = Pick<Reactions, 'deadLetters' | 'deadLetter' | 'retry' | 'retryAll' | 'discard' | 'dryRun'>

const maxLimit = 1_000
const historyLimit = 200
/** Retries that share a flush of the disk. */
const retriedAtOnce = 16

/** A note as operators see it. */
export function noteEntry(note: Note): NoteEntry {
  return { ...note, at: new Date(note.at).toISOString(), detail: JSON.parse(note.detail) as unknown }
}

/** The dead letters of an app. */
export function deadLettersOf({ engine, registry, consumerNamed, notes, clock }: DeadLetterParts): DeadLetters {
  const letters = lettersOf(engine)

  /** A whole name is taken as it is: letters may be of a view's generation, or of a consumer that is no more. */
  const ownerNamed = (name: string): string => (name.includes('/') ? name : consumerNamed(name).name)

  const letterWithId = async (id: string): Promise<DeadLetter> => {
    const [letter] = await engine.reactions.deadLetters({ ids: [id], limit: 1 })
    if (!letter)
      throw new KhataError('unknown-dead-letter', `There is no dead letter '${id}': it may have been handled.`, { id })
    return letter
  }
  const eventOf = async (letter: DeadLetter) => {
    const [stored] = await engine.events.lookUp({ ids: [letter.eventId] })
    return correctedEvent(letter, stored && decodeEvent(registry, stored))
  }

  /** The event with the data of then, when that cannot be brought up to date: it is what somebody must see. */
  const asFound = async (letter: DeadLetter) => {
    const [stored] = await engine.events.lookUp({ ids: [letter.eventId] })
    return correctedEvent(letter, stored && asStored(registry.storedKind(stored.category, stored.type), stored))
  }

  /** Changes a letter, whatever happens to it meanwhile. */
  const change = async (
    id: string,
    next: (letter: DeadLetter) => DeadLetter,
    note: (letter: DeadLetter) => Note,
  ): Promise<void> => {
    for (;;) {
      const letter = await letterWithId(id)
      const changed = { ...next(letter), changedAt: Math.max(clock(), letter.changedAt + 1) }
      const { outcome } = await engine.events.commit({
        deadLetters: [{ letter: changed, expected: letter.changedAt }],
        notes: [note(letter)],
      })
      if (outcome === 'committed') return
    }
  }

  const correctionOf = (letter: DeadLetter, category: string, data: unknown): string => {
    if (!letter.consumer.startsWith('reactor/')) {
      throw new KhataError('usage', 'Data can be corrected for a reactor only: others answer what is in the log.', null)
    }
    const kind = registry.storedKind(category, letter.eventType) ?? registry.kind(category, letter.eventType)
    if (!kind) throw new KhataError('usage', `No part of this app knows the event ${category}.${letter.eventType}.`, null)
    const checked = validate(kind.schema, data)
    if (checked.errors)
      throw new KhataError('validation', 'The corrected data does not fit the event.', { errors: checked.errors })
    return JSON.stringify(checked.value)
  }

  const retry = async (id: string, options: RetryOptions = {}): Promise<void> => {
    const letter = await letterWithId(id)
    const { data } = options
    const correction = data === undefined ? undefined : correctionOf(letter, (await asFound(letter)).category, data)
    await change(
      id,
      (found) => {
        // The lane may have gone on to another event meanwhile: the data was meant for the one that was looked at.
        if (correction !== undefined && found.eventId !== letter.eventId) {
          throw new KhataError('unknown-dead-letter', `The event of the dead letter '${id}' was handled meanwhile.`, { id })
        }
        return { ...found, state: 'retrying', attempts: 0, ...(correction === undefined ? {} : { correction }) }
      },
      (found) =>
        notes.make(
          'retried',
          found.consumer,
          found.eventId,
          { letter: id, ...(correction === undefined ? {} : { correction }) },
          options.by ?? null,
        ),
    )
  }

  return {
    async deadLetters(filter: DeadLetterFilter = {}) {
      const limit = Math.min(filter.limit ?? 100, maxLimit)
      const page = await engine.reactions.deadLetters({
        ...(filter.consumer === undefined ? {} : { consumer: ownerNamed(filter.consumer) }),
        ...(filter.lane === undefined ? {} : { lanes: [filter.lane] }),
        ...(filter.state === undefined ? {} : { state: filter.state }),
        ...(filter.after === undefined ? {} : { after: filter.after }),
        limit,
      })
      return { items: page.map(entryOf), next: page.length === limit ? (page.at(-1)?.id ?? null) : null }
    },
    async deadLetter(id) {
      const letter = await letterWithId(id)
      const history = await engine.reactions.notes({ eventIds: [letter.eventId], limit: historyLimit })
      return {
        ...entryOf(letter),
        stack: letter.stack,
        event: await eventOf(letter).catch(() => asFound(letter)),
        history: history.filter((note) => note.consumer === letter.consumer).map(noteEntry),
      }
    },
    retry,
    async retryAll(filter, options = {}) {
      const pauseMs = 1_000 / Math.max(1, options.perSecond ?? 50)
      const owner = filter.consumer === undefined ? undefined : ownerNamed(filter.consumer)
      const inWork = new Set<Promise<void>>()
      let retried = 0
      let failure: unknown = null
      let due = performance.now()
      const begin = (letter: DeadLetter): void => {
        const one = retry(letter.id, options.by === undefined ? {} : { by: options.by })
          .then(() => {
            retried++
            options.progress?.(retried)
          })
          .catch((error: unknown) => {
            // Somebody else was faster, unless it is something else.
            if (!isKhataError(error, 'unknown-dead-letter')) failure ??= error
          })
          .finally(() => inWork.delete(one))
        inWork.add(one)
      }
      for await (const letter of letters.all(owner, 'parked')) {
        if (filter.lane !== undefined && letter.lane !== filter.lane) continue
        if (filter.error !== undefined && letter.error !== filter.error) continue
        const wait = due - performance.now()
        if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait))
        if (options.signal?.aborted || failure !== null) break
        due = Math.max(due, performance.now() - 1_000) + pauseMs
        begin(letter)
        if (inWork.size >= retriedAtOnce) await Promise.race(inWork)
      }
      await Promise.all(inWork)
      if (failure !== null) throw failure
      return retried
    },
    async discard(id, reason, options = {}) {
      if (typeof reason !== 'string' || reason.trim() === '') {
        const message = 'say why it may be left out'
        throw new KhataError('validation', `A dead letter is discarded with a reason: ${message}.`, {
          errors: [{ path: 'reason', message }],
        })
      }
      const kept = storable(reason)
      await change(
        id,
        (found) => ({ ...found, state: 'discarding', error: kept }),
        (found) => notes.make('discard', found.consumer, found.eventId, { letter: id, reason: kept }, options.by ?? null),
      )
    },
    async dryRun(id, options = {}): Promise<DryRun> {
      const letter = await letterWithId(id)
      try {
        const { data } = options
        const found = data === undefined ? await eventOf(letter) : await asFound(letter)
        const event = data === undefined ? found : withData(found, correctionOf(letter, found.category, data))
        if (letter.consumer.startsWith('view/')) return { ok: true, error: null, event }
        const consumer = consumerNamed(letter.consumer)
        if (!consumer.handles(event.category, event.type)) {
          return { ok: true, error: `${consumer.name} does not handle ${event.category}.${event.type} any more.`, event }
        }
        consumer.lane(event)
        await consumer.rehearse(event)
        return { ok: true, error: null, event }
      } catch (cause) {
        if (isKhataError(cause) && ['validation', 'usage', 'unknown-consumer'].includes(cause.code)) throw cause
        return { ok: false, error: messageOf(cause), event: null }
      }
    },
  }
}

function entryOf(letter: DeadLetter): DeadLetterEntry {
  const { stack: _stack, parkedAt, changedAt, correction, ...rest } = letter
  return {
    ...rest,
    corrected: correction !== null,
    parkedAt: new Date(parkedAt).toISOString(),
    changedAt: new Date(changedAt).toISOString(),
  }
}
