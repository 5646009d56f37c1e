import type { ViewShape } from '../ports/view-store.ts'
import type { Connection } from './connection.ts'

/** A checkpoint as the running transaction sees it; written once, before the transaction ends. */
export interface HeldCheckpoint {
  readonly consumer: string
  readonly shard: number
  position: number
  dirty: boolean
}

/** Where a stream ends, as the running transaction sees it. */
export interface HeldEnd {
  /** 0: the store does not know the stream. */
  version: number
  /** Position of the last event; null: there is none. */
  position: number | null
}

/**
 * What the writing connection knows. All of it is only trusted inside a transaction: {@link refresh} drops it when another
 * process has written since, and {@link forget} when a transaction was rolled back.
 */
export interface Session extends Connection {
  /** Position of the last event. */
  head: number
  /** `recordedAt` of the last event, in milliseconds since 1970. */
  lastRecordedAt: number
  /** Types that the store has seen, by category. */
  readonly kinds: Map<string, Set<string>>
  /** Ends of streams that were looked at, by category and id. */
  readonly ends: Map<string, HeldEnd>
  readonly shapes: Map<string, ViewShape>
  readonly checkpoints: Map<string, HeldCheckpoint>
  /** SQLite's count of foreign commits at the last look. */
  dataVersion: number
}

/** Starts a session on a connection whose schema is up to date. */
export function startSession(connection: Connection): Session {
  const { db, sql, close } = connection
  return {
    db,
    sql,
    close,
    head: 0,
    lastRecordedAt: 0,
    kinds: new Map(),
    ends: new Map(),
    shapes: new Map(),
    checkpoints: new Map(),
    dataVersion: -1,
  }
}

/** Looks at the store again when somebody else wrote to it. Only inside a transaction. */
export function refresh(session: Session): void {
  const [version] = session.sql('PRAGMA data_version').get() as unknown as [number]
  if (version === session.dataVersion) return
  forget(session)
  const last = session.sql('SELECT position, recorded_at FROM event ORDER BY position DESC LIMIT 1').get() as unknown as
    | [number, number]
    | undefined
  session.head = last?.[0] ?? 0
  session.lastRecordedAt = last?.[1] ?? 0
  session.dataVersion = version
}

/** Drops what was learnt, after a rollback. */
export function forget(session: Session): void {
  session.kinds.clear()
  session.ends.clear()
  session.shapes.clear()
  session.checkpoints.clear()
  session.dataVersion = -1
}
