import { KhataError } from '../model/error.ts'
import type { StoredEvent } from '../ports/event-store.ts'
import { isUuid } from '../ports/is-uuid.ts'
import type { Session } from './session.ts'
import { heldEnd } from './stream-ends.ts'
import { writeEvent } from './write-events.ts'

function damaged(what: string): KhataError {
  return new KhataError('store-damaged', `the log that is imported cannot be: ${what}`, { what })
}

/** Refuses to go on after anything but the events before: a store in use is never imported into. */
function checkStart(session: Session, first: StoredEvent): void {
  if (first.position === session.head + 1) return
  if (first.position === 1) {
    throw new KhataError('usage', 'a log is imported into an empty store only; this one has events', null)
  }
  throw damaged(`position ${first.position} follows ${session.head}`)
}

/**
 * Writes events of a complete log in order, with their ids, positions, versions and times.
 * @throws KhataError `usage` when the store is not empty; `store-damaged` when the log cannot be one
 */
export function importEvents(session: Session, events: readonly StoredEvent[]): void {
  const [start] = events
  if (!start) return
  checkStart(session, start)
  for (const event of events) {
    const { position, category, streamId } = event
    if (position !== session.head + 1) throw damaged(`position ${position} follows ${session.head}`)
    if (event.recordedAt < session.lastRecordedAt) throw damaged(`position ${position} was recorded before the one ahead of it`)
    if (!isUuid(event.id)) throw damaged(`the id "${event.id}" of position ${position} is no UUID`)
    const end = heldEnd(session, category, streamId)
    if (event.version !== end.version + 1) {
      throw damaged(`version ${event.version} of ${category}/${streamId} follows ${end.version}`)
    }
    writeEvent(session, event, event, end)
  }
}
