import postgres from 'postgres'
import { v7 } from 'uuid'
import { type Balance, type Deposited, metadata } from '../../shape.ts'

type Sql = postgres.Sql

/** A row of the log, decoded. */
export interface RawEvent {
  readonly position: number
  readonly streamId: string
  readonly data: Deposited
  readonly metadata: object
}

/** What one writes by hand with the driver `postgres`: a log, a unique index as version check, a table of balances. */
export interface RawStore {
  readonly sql: Sql
  /** Writes one event at its version, in a transaction if given. */
  insert(streamId: string, data: Deposited, version: number, over?: Sql): Promise<unknown>
  stream(streamId: string): Promise<readonly RawEvent[]>
  page(after: number, limit: number): Promise<readonly RawEvent[]>
  close(): Promise<void>
}

const schema = `
  CREATE TABLE IF NOT EXISTS event (
    position bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, id uuid NOT NULL UNIQUE, stream_id text NOT NULL,
    version integer NOT NULL, type text NOT NULL, data json NOT NULL, metadata json NOT NULL, recorded_at bigint NOT NULL,
    UNIQUE (stream_id, version));
  CREATE TABLE IF NOT EXISTS balance (id text PRIMARY KEY, balance bigint NOT NULL, count bigint NOT NULL);
  CREATE TABLE IF NOT EXISTS checkpoint (name text PRIMARY KEY, position bigint NOT NULL)`

type Row = [position: string, streamId: string, data: Deposited, metadata: object]

function toEvent([position, streamId, data, metadata]: Row): RawEvent {
  return { position: Number(position), streamId, data, metadata }
}

/** Opens the store, in a new database with new tables. */
export async function rawStore(url: string, connections = 1): Promise<RawStore> {
  const sql = postgres(url, { max: connections, onnotice: () => {} })
  await sql.unsafe(schema)
  return {
    sql,
    insert: (streamId, data, version, over = sql) => over`
      INSERT INTO event (id, stream_id, version, type, data, metadata, recorded_at) VALUES (
        ${v7()}, ${streamId}, ${version}, 'Deposited', ${data as never}, ${metadata as never}, ${Date.now()})`,
    stream: async (streamId) => {
      const rows = await sql`
        SELECT position, stream_id, data, metadata FROM event WHERE stream_id = ${streamId} ORDER BY version`.values()
      return (rows as unknown as Row[]).map(toEvent)
    },
    page: async (after, limit) => {
      const rows = await sql`
        SELECT position, stream_id, data, metadata FROM event WHERE position > ${after} ORDER BY position LIMIT ${limit}`.values()
      return (rows as unknown as Row[]).map(toEvent)
    },
    close: () => sql.end(),
  }
}

/** Fills the log with deposits on accounts in turn. */
export async function fillRaw(
  { sql }: RawStore,
  streamOf: (i: number) => string,
  dataOf: (stream: string) => Deposited,
  count: number,
): Promise<void> {
  const versions = new Map<string, number>()
  for (let done = 0; done < count; done += 2_000) {
    const rows = Array.from({ length: Math.min(2_000, count - done) }, (_, i) => {
      const stream_id = streamOf(done + i)
      const version = (versions.get(stream_id) ?? 0) + 1
      versions.set(stream_id, version)
      return { id: v7(), stream_id, version, type: 'Deposited', data: dataOf(stream_id), metadata, recorded_at: Date.now() }
    })
    await sql`INSERT INTO event ${sql(rows as never)}`
  }
  await sql`ANALYZE event`
}

/** One transaction with single inserts for everything that waits; one in flight, the next fills meanwhile. */
export function commitShared({ sql }: Pick<RawStore, 'sql'>): (work: (over: Sql) => Promise<unknown>) => Promise<void> {
  let waiting: { work: (over: Sql) => Promise<unknown>; resolve: () => void; reject: (error: unknown) => void }[] = []
  let busy = false
  const flush = async (): Promise<void> => {
    if (busy || waiting.length === 0) return
    busy = true
    const batch = waiting
    waiting = []
    try {
      await sql.begin((over) => Promise.all(batch.map(({ work }) => work(over as unknown as Sql))))
      for (const { resolve } of batch) resolve()
    } catch (error) {
      for (const { reject } of batch) reject(error)
    }
    busy = false
    setImmediate(flush)
  }
  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push({ work, resolve, reject })
      if (!busy && waiting.length === 1) setImmediate(flush)
    })
}

/** Adds to balances, many at once. */
export async function upsertBalances(over: Sql, changes: ReadonlyMap<string, Balance>): Promise<void> {
  const rows = [...changes].map(([id, { balance, count }]) => ({ id, balance, count }))
  await over`INSERT INTO balance ${over(rows)} ON CONFLICT (id) DO UPDATE
    SET balance = balance.balance + excluded.balance, count = balance.count + excluded.count`
}
