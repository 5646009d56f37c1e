/**
 * What this process has seen of the log. Events are never changed, so what was there once always is, until the store is
 * restored to an earlier state, perhaps under a connection that lives on. So every transaction that relies on it looks, under the
 * lock, whether the newest event that was seen is still in its place.
 */
import type { StoredEvent } from '../ports/event-store.ts'
import { streamKey } from './ledger.ts'

/** An event that is there, as far as it matters here. */
export type Seen = Pick<StoredEvent, 'position' | 'id' | 'category' | 'streamId' | 'version' | 'type'>

/** What is known of the log. */
export interface Known {
  /** The newest event that was seen; all that is known holds for as long as it is there. */
  readonly newest: Pick<Seen, 'position' | 'id'> | null
  /** Pairs of category and type that the store has. */
  readonly kinds: ReadonlySet<string>
  /**
   * Notes events that a transaction wrote, in the order of their positions. The transaction found the newest event that was
   * seen in its place, or right ahead of them.
   */
  wrote(events: readonly Seen[]): void
  /**
   * A read begins; what it gives notes an event that was found. A restore may come before the read, and before its answer:
   * an event is vouched for only by one above it that was seen when the read began, and only until a loss is found.
   */
  reading(): (found: Seen) => void
  /** Whether a version of a stream, named by `streamKey`, is known to be there; 0 always is. */
  reached(stream: string, version: number): boolean
  /** Forgets everything and tells of it: the newest event that was seen is not in its place. */
  lost(): void
}

/** Streams that are kept; more start anew. */
const limit = 50_000

/** Knows nothing yet. `lost` is called when what was known turns out to be gone. */
export function nothingKnown(lost: () => void): Known {
  const versions = new Map<string, number>()
  const kinds = new Set<string>()
  let newest: Known['newest'] = null
  let losses = 0
  const note = (event: Seen): void => {
    const stream = streamKey(event.category, event.streamId)
    if (versions.size >= limit && !versions.has(stream)) versions.clear()
    if (event.version > (versions.get(stream) ?? 0)) versions.set(stream, event.version)
    kinds.add(kindOf(event))
  }
  return {
    get newest() {
      return newest
    },
    kinds,
    wrote: (events) => {
      for (const event of events) note(event)
      const last = events.at(-1)
      if (last && last.position > (newest?.position ?? 0)) newest = { position: last.position, id: last.id }
    },
    reading: () => {
      const upTo = newest?.position ?? 0
      const before = losses
      return (found) => {
        if (losses === before && found.position <= upTo) note(found)
      }
    },
    reached: (stream, version) => version === 0 || (versions.get(stream) ?? 0) >= version,
    lost: () => {
      versions.clear()
      kinds.clear()
      newest = null
      losses++
      lost()
    },
  }
}

/** The name of an event's category and type together. */
export function kindOf({ category, type }: Pick<Seen, 'category' | 'type'>): string {
  return `${category}\u0000${type}`
}

/** Whether the newest event that was seen is in its place, in SQL; {@link newestSeen} gives the parameters. */
export function stillThere(position: string, id: string): string {
  return `(${position}::bigint IS NULL
      OR EXISTS (SELECT 1 FROM khata.event s WHERE s.position = ${position}::bigint AND s.id = ${id}::uuid))`
}

/** The parameters of {@link stillThere}. */
export function newestSeen({ newest }: Known): readonly [position: number | null, id: string | null] {
  return [newest?.position ?? null, newest?.id ?? null]
}
