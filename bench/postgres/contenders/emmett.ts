import type { Event } from '@event-driven-io/emmett'
import { getPostgreSQLEventStore, type PostgresEventStore } from '@event-driven-io/emmett-postgresql'
import { type Deposited, metadata } from '../../shape.ts'

/** The measured event as emmett knows it. */
export type DepositedEvent = Event<'Deposited', Deposited, Record<string, unknown>>

type Options = NonNullable<Parameters<typeof getPostgreSQLEventStore>[1]>

/** Opens emmett with its own pool and its schema in place. */
export async function emmettStore(url: string, projections: Options['projections'] = []): Promise<PostgresEventStore> {
  const store = getPostgreSQLEventStore(url, { projections } as Options)
  await store.schema.migrate()
  return store
}

/** A deposit as emmett takes it. */
export function depositedEvent(data: Deposited): DepositedEvent {
  return { type: 'Deposited', data, metadata: { ...metadata } }
}

/** Fills a log with deposits, in appends of 100 to one stream after another. */
export async function fillEmmett(
  store: PostgresEventStore,
  streams: readonly string[],
  dataOf: (stream: string) => Deposited,
  perStream: number,
): Promise<void> {
  for (const stream of streams) {
    for (let done = 0; done < perStream; done += 100) {
      const events = Array.from({ length: Math.min(100, perStream - done) }, () => depositedEvent(dataOf(stream)))
      await store.appendToStream(stream, events)
    }
  }
}
