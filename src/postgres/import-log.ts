import { KhataError } from '../model/error.ts'
import type { StoredEvent } from '../ports/event-store.ts'
import { isUuid } from '../ports/is-uuid.ts'
import { type Ledger, streamKey } from './ledger.ts'
import { versionIn } from './stream-versions.ts'
import { placeEvent } from './write-events.ts'

function damaged(what: string): KhataError {
  return new KhataError('store-damaged', `the log that is imported cannot be: ${what}`, { what })
}

/** Refuses to go on after anything but the events before: a store in use is never imported into. */
function checkStart(ledger: Ledger, first: StoredEvent): void {
  if (first.position === ledger.head + 1) return
  if (first.position === 1) {
    throw new KhataError('usage', 'a log is imported into an empty store only; this one has events', null)
  }
  throw damaged(`position ${first.position} follows ${ledger.head}`)
}

/** Refuses events that are not the next ones of a complete log. */
function checkLog(ledger: Ledger, events: readonly StoredEvent[]): void {
  const versions = new Map<string, number>()
  let head = ledger.head
  let recordedAt = ledger.lastRecordedAt
  for (const { position, category, streamId, version, ...event } of events) {
    if (position !== head + 1) throw damaged(`position ${position} follows ${head}`)
    if (event.recordedAt < recordedAt) throw damaged(`position ${position} was recorded before the one ahead of it`)
    if (!isUuid(event.id)) throw damaged(`the id "${event.id}" of position ${position} is no UUID`)
    const key = streamKey(category, streamId)
    const before = versions.get(key) ?? versionIn(ledger, category, streamId)
    if (version !== before + 1) throw damaged(`version ${version} of ${category}/${streamId} follows ${before}`)
    versions.set(key, version)
    head = position
    recordedAt = event.recordedAt
  }
}

/**
 * Takes events of a complete log in order, with their ids, positions, versions and times.
 * @throws KhataError `usage` when the store is not empty; `store-damaged` when the log cannot be one
 */
export function importEvents(ledger: Ledger, events: readonly StoredEvent[]): void {
  const [start] = events
  if (!start) return
  checkStart(ledger, start)
  checkLog(ledger, events)
  for (const event of events) placeEvent(ledger, event)
}
