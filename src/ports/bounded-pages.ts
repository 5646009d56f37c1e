import type { LogPage, LogRange, StoredEvent } from './event-store.ts'

/** A page ends where its data and metadata come to more characters than this, but never before its second event. */
const pageLength = 16 * 1024 * 1024
const leastEvents = 2

/** A page as an engine reads it. */
export type UnboundedPage = Omit<LogPage, 'full'>

/** How many of some events a page has room for, and how many it would have if more like them followed. */
function roomFor(events: readonly StoredEvent[]): { readonly count: number; readonly alike: number } {
  let length = 0
  let count = events.length
  for (const [index, { data, metadata }] of events.entries()) {
    length += data.length + metadata.length
    if (length > pageLength && index >= leastEvents) count = Math.min(count, index)
  }
  return { count, alike: Math.max(leastEvents, Math.floor((pageLength * events.length) / Math.max(length, 1))) }
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
    if (events.length === 0) return { events, full: false, scannedTo }
    const { count, alike } = roomFor(events)
    const full = count < events.length || events.length >= limit
    if (alike < fitting) fitting = alike
    else if (full) fitting = Math.min(alike, 2 * fitting)
    if (!full) return { events, full, scannedTo }
    const page = count < events.length ? events.slice(0, count) : events
    return { events: page, full, scannedTo: page.at(-1)?.position ?? scannedTo }
  }
}
