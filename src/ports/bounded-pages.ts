import type { LogPage, LogRange, StoredEvent } from './event-store.ts'

/** A page ends where its data and metadata come to more characters than this, but never before its second event. */
const pageLength = 16 * 1024 * 1024
const leastEvents = 2

function lengthOf({ data, metadata }: StoredEvent): number {
  return data.length + metadata.length
}

/** A page as an engine reads it. */
export type UnboundedPage = Omit<LogPage, 'full'>

/** How many of some events a page has room for. */
function countFitting(events: readonly StoredEvent[]): number {
  let length = 0
  for (const [index, event] of events.entries()) {
    length += lengthOf(event)
    if (length > pageLength && index >= leastEvents) return index
  }
  return events.length
}

/** How many events there is room for when they are like these. */
function countAlike(events: readonly StoredEvent[]): number {
  const length = events.reduce((sum, event) => sum + lengthOf(event), 0)
  return Math.max(leastEvents, Math.floor((pageLength * events.length) / Math.max(length, 1)))
}

/**
 * Ends the pages that an engine reads where their events are large, so that whoever reads a log, however it looks, holds
 * about 16 MiB of it. An engine that has seen large events asks for fewer at once, until they are small again.
 */
export function boundedPages(read: (range: LogRange) => Promise<UnboundedPage>) {
  let fitting = Number.MAX_SAFE_INTEGER
  return async (range: LogRange): Promise<LogPage> => {
    const limit = Math.min(range.limit, fitting)
    const { events, scannedTo } = await read({ ...range, limit })
    const count = countFitting(events)
    const full = events.length > 0 && (count < events.length || events.length >= limit)
    if (events.length > 0) {
      const alike = countAlike(events)
      if (alike < fitting) fitting = alike
      else if (full) fitting = Math.min(alike, 2 * fitting)
    }
    const page = count < events.length ? events.slice(0, count) : events
    return { events: page, full, scannedTo: full ? (page.at(-1)?.position ?? scannedTo) : scannedTo }
  }
}
