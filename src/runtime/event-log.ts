/** The log as an app shows it: pages, streams, a live feed, causation. */

import type { EventQuery } from '../model/decision.ts'
import { KhataError } from '../model/error.ts'
import type { RecordedEvent } from '../model/recorded-event.ts'
import type { Position } from '../model/units.ts'
import type { Engine } from '../ports/engine.ts'
import type { StoredEvent } from '../ports/event-store.ts'
import type { EventFilter, EventLog } from './app.ts'
import { decodeForReaders } from './codec.ts'
import type { Registry } from './registry.ts'
import type { Tail } from './tail.ts'
import type { Tokens } from './token.ts'
import { type Reactions, relatedTo, traceOf } from './trace.ts'

const defaultLimit = 100
const maxLimit = 1_000
const followPage = 200

/** The log of an app. */
export function eventLog(
  engine: Engine,
  registry: Registry,
  tail: Tail,
  tokens: Tokens,
  closing: AbortSignal,
  reactionsTo: (events: readonly RecordedEvent[]) => Promise<Reactions>,
): EventLog {
  const { events: store } = engine

  const queryOf = (filter: EventFilter): EventQuery | undefined => {
    const { types, categories, tags } = filter
    if (!types?.length && !categories?.length && !tags?.length) return undefined
    return registry.stored([{ ...(types ? { types } : {}), ...(categories ? { categories } : {}), ...(tags ? { tags } : {}) }])
  }

  return {
    async head() {
      const head = await store.head()
      return { position: head.position, token: tokens.make(head.position, head.eventId) }
    },
    async read(options = {}) {
      const limit = checkLimit(options.limit)
      // Backwards, everything is below a position to come.
      const after = await (options.backwards ? tokens.position : tokens.reached)(options.after ?? 0)
      const query = queryOf(options)
      const page = await store.readLog({
        after,
        limit,
        ...(query ? { query } : {}),
        ...(options.backwards ? { backwards: true } : {}),
      })
      const events = page.events.map((stored) => decodeForReaders(registry, stored))
      // Backwards, a reader goes on below the last event that it was given.
      const next = options.backwards ? (events.at(-1)?.position ?? 0) : page.scannedTo
      return { events, next: await tokens.at(next), end: !page.full }
    },
    async match(query, options = {}) {
      const limit = checkLimit(options.limit)
      const stored = registry.stored(query)
      const found: StoredEvent[] = []
      for (let after = options.after ?? 0, more = true; more; ) {
        const page = await store.readLog({ after, query: stored, limit: limit - found.length })
        found.push(...page.events)
        more = page.full && found.length < limit
        after = page.scannedTo
      }
      return found.map((event) => decodeForReaders(registry, event))
    },
    async stream(category, id, options = {}) {
      const { limit, ...range } = options
      const events = await store.readStream({ category, streamId: id.normalize('NFC'), ...range, limit: checkLimit(limit) })
      return events.map((stored) => decodeForReaders(registry, stored))
    },
    async *follow(options = {}) {
      let position: Position = await tokens.reached(options.after ?? 0)
      let { era } = tail.history
      let previous = await tokens.at(position)
      const query = queryOf(options)
      const signal = options.signal ? AbortSignal.any([options.signal, closing]) : closing
      while (!signal.aborted) {
        const { mark } = tail
        const page = await store.readLog({ after: position, limit: followPage, ...(query ? { query } : {}) })
        if (tail.history.era !== era) {
          // What was delivered last may be lost: its token is refused then, and the reader hears why.
          await tokens.position(previous)
          era = tail.history.era
        }
        for (const stored of page.events) {
          if (signal.aborted) return
          const token = tokens.make(stored.position, stored.id)
          yield { event: decodeForReaders(registry, stored), token, previous }
          previous = token
        }
        position = page.scannedTo
        if (!page.full) await tail.stirred(mark, 1_000, signal, 'caller')
      }
    },
    async trace(eventId) {
      const [found] = await store.lookUp({ ids: [eventId] })
      if (!found) throw new KhataError('unknown-event', `There is no event with the id '${eventId}'.`, { id: eventId })
      const related = await relatedTo(store, found)
      const events = related.events.map((stored) => decodeForReaders(registry, stored))
      return traceOf({ events, whole: related.whole }, eventId, await reactionsTo(events))
    },
    token: (position) => tokens.at(position),
  }
}

function checkLimit(limit: number | undefined): number {
  if (limit === undefined) return defaultLimit
  if (!Number.isInteger(limit) || limit < 1 || limit > maxLimit) {
    throw new KhataError('usage', `A page has 1 to ${maxLimit} events, not ${limit}.`, null)
  }
  return limit
}
