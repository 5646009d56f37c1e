import { v7 } from 'uuid'
import type { Engine } from '../../ports/engine.ts'
import type { Note } from '../../ports/reaction-store.ts'
import { storable } from '../storable.ts'

/** Makes and stores notes. */
export interface Noter {
  /** A note to ride with another commit. */
  make(kind: string, consumer: string | null, eventId: string | null, detail: object, principal?: string | null): Note
  /** Stores a note by itself. */
  write(kind: string, consumer: string | null, eventId: string | null, detail: object, principal?: string | null): Promise<void>
}

/** The notes of an app. */
export function noter(engine: Engine, clock: () => number): Noter {
  const make: Noter['make'] = (kind, consumer, eventId, detail, principal = null) => ({
    id: v7(),
    at: clock(),
    kind,
    consumer,
    eventId,
    principal: principal === null ? null : storable(principal),
    detail: JSON.stringify(detail),
  })
  return {
    make,
    async write(...given) {
      await engine.events.commit({ notes: [make(...given)] })
    },
  }
}
