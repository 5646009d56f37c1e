import type { Event } from '@event-driven-io/emmett'
import {
  getSQLiteEventStore,
  type SQLiteConnection,
  type SQLiteEventStore,
  sqliteConnection,
} from '@event-driven-io/emmett-sqlite'
import { type Deposited, metadata } from '../shape.ts'

/** The measured event as emmett knows it. */
export type DepositedEvent = Event<'Deposited', Deposited, Record<string, unknown>>

/** An open emmett store. */
export interface EmmettStore {
  readonly store: SQLiteEventStore
  readonly connection: SQLiteConnection
  close(): Promise<void>
}

type Projections = NonNullable<Parameters<typeof getSQLiteEventStore>[0]['projections']>

/**
 * Opens emmett on its fastest setting, one connection shared by everybody. On it emmett answers an append before its
 * commit when several run at once: it promises less than the others.
 */
export async function emmettStore(file: string, projections: Projections = []): Promise<EmmettStore> {
  const connection = sqliteConnection({ fileName: file })
  await connection.command('PRAGMA synchronous = FULL')
  const store = getSQLiteEventStore({ fileName: file, connectionOptions: { singleton: true, connection }, projections })
  await store.schema.migrate()
  return {
    store,
    connection,
    close: async () => connection.close(),
  }
}

/** A deposit as emmett takes it. */
export function depositedEvent(data: Deposited): DepositedEvent {
  return { type: 'Deposited', data, metadata: { ...metadata } }
}

/** Fills a log with deposits on accounts in turn, in appends of one stream each. */
export async function fillEmmett(
  { store }: EmmettStore,
  streams: readonly string[],
  dataOf: (stream: string) => Deposited,
  perStream: number,
): Promise<void> {
  for (const stream of streams) {
    for (let done = 0; done < perStream; done += 100) {
      const count = Math.min(100, perStream - done)
      await store.appendToStream(
        stream,
        Array.from({ length: count }, () => depositedEvent(dataOf(stream))),
      )
    }
  }
}

/**
 * Runs appends one after another. Beside reads, emmett's shared connection loses count of its transactions when appends
 * overlap, and fails with "cannot commit - no transaction is active".
 */
export function oneAfterAnother(): <T>(append: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve()
  return (append) => {
    const result = last.then(append)
    last = result
    return result
  }
}
