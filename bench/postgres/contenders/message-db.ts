import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { v7 } from 'uuid'
import { type Deposited, metadata } from '../../shape.ts'

const home = join(import.meta.dirname, '../node_modules/@eventide/message-db/database')

/** What its `install.sh` runs, in that order; the roles and privileges are for other users than the one that installs it. */
const parts = [
  'schema/message-store',
  'extensions/pgcrypto',
  'tables/messages',
  'types/message',
  ...['message-store-version', 'hash-64', 'acquire-lock', 'category', 'is-category', 'id', 'cardinal-id'].map(
    (name) => `functions/${name}`,
  ),
  ...['stream-version', 'write-message', 'get-stream-messages', 'get-category-messages', 'get-last-stream-message'].map(
    (name) => `functions/${name}`,
  ),
  'indexes/messages-id',
  'indexes/messages-stream',
  'indexes/messages-category',
]

const tables = `
  CREATE TABLE balance (id text PRIMARY KEY, balance bigint NOT NULL, count bigint NOT NULL);
  CREATE TABLE checkpoint (name text PRIMARY KEY, position bigint NOT NULL)`

/** A message, decoded. */
export interface Message {
  readonly streamName: string
  readonly position: number
  readonly globalPosition: number
  readonly data: Deposited
}

/** Somewhere to send statements: the pool, or the connection of a transaction. */
export type Over = Pick<pg.ClientBase, 'query'>

/** Message DB's functions, called through `pg` with prepared statements. A stream's name is `category-id`. */
export interface MessageDb {
  readonly pool: pg.Pool
  /** Writes one message; `expected` is the stream's version, -1 for none. */
  write(stream: string, data: Deposited, expected: number, over?: Over): Promise<unknown>
  /** Writes several in one statement and transaction, each by `write_message`. */
  writeAll(stream: string, data: readonly Deposited[], expected: number): Promise<unknown>
  stream(stream: string): Promise<readonly Message[]>
  /** A category in order, from a global position on. */
  category(category: string, from: number, limit: number): Promise<readonly Message[]>
  transaction(work: (over: Over) => Promise<unknown>): Promise<void>
  close(): Promise<void>
}

type Row = [streamName: string, position: string, globalPosition: string, data: string, metadata: string]

function toMessage([streamName, position, globalPosition, data, metadata]: Row): Message {
  JSON.parse(metadata)
  return {
    streamName,
    position: Number(position),
    globalPosition: Number(globalPosition),
    data: JSON.parse(data) as Deposited,
  }
}

const columns = 'stream_name, position, global_position, data, metadata'

/** Opens the database, with Message DB installed if it is new. */
export async function messageDb(url: string, connections = 1): Promise<MessageDb> {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    options: '-c search_path=message_store,public -c client_min_messages=warning',
  })
  const { rows: known } = await pool.query("SELECT to_regclass('message_store.messages') AS name")
  if (known[0]?.name === null) {
    for (const part of parts) await pool.query(readFileSync(join(home, `${part}.sql`), 'utf8'))
    await pool.query(tables)
  }
  const metadataText = JSON.stringify(metadata)
  const rows = async (name: string, text: string, values: readonly unknown[]): Promise<readonly Message[]> =>
    (await pool.query({ name, text, values: [...values], rowMode: 'array' })).rows.map((row) => toMessage(row as Row))
  return {
    pool,
    write: (stream, data, expected, over = pool) =>
      over.query({
        name: 'write',
        text: `SELECT write_message($1, $2, 'Deposited', $3::jsonb, $4::jsonb, $5::bigint)`,
        values: [v7(), stream, JSON.stringify(data), metadataText, expected],
      }),
    writeAll: (stream, data, expected) =>
      pool.query({
        name: 'write-all',
        text: `SELECT write_message(id, $1, 'Deposited', data::jsonb, $4::jsonb, $5::bigint + number - 1)
          FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS m (id, data, number)`,
        values: [stream, data.map(() => v7()), data.map((one) => JSON.stringify(one)), metadataText, expected],
      }),
    stream: (stream) => rows('stream', `SELECT ${columns} FROM get_stream_messages($1, 0, -1)`, [stream]),
    category: (category, from, limit) =>
      rows('category', `SELECT ${columns} FROM get_category_messages($1, $2::bigint, $3::bigint)`, [category, from, limit]),
    transaction: async (work) => {
      const client = await pool.connect()
      try {
        await client.query('BEGIN')
        await work(client)
        await client.query('COMMIT')
      } finally {
        client.release()
      }
    },
    close: () => pool.end(),
  }
}

/** Fills the log with deposits on accounts in turn, and lets the planner know of them. */
export async function fillMessageDb(
  { pool }: MessageDb,
  streamOf: (i: number) => string,
  dataOf: (stream: string) => Deposited,
  count: number,
): Promise<void> {
  const versions = new Map<string, number>()
  for (let done = 0; done < count; done += 2_000) {
    const streams = Array.from({ length: Math.min(2_000, count - done) }, (_, i) => streamOf(done + i))
    const positions = streams.map((stream) => {
      const position = (versions.get(stream) ?? -1) + 1
      versions.set(stream, position)
      return position
    })
    await pool.query(
      `INSERT INTO messages (id, stream_name, position, type, data, metadata)
        SELECT id, stream, position, 'Deposited', data, $5::jsonb
        FROM unnest($1::uuid[], $2::text[], $3::bigint[], $4::jsonb[]) AS m (id, stream, position, data)`,
      [
        streams.map(() => v7()),
        streams,
        positions,
        streams.map((stream) => JSON.stringify(dataOf(stream))),
        JSON.stringify(metadata),
      ],
    )
  }
  await pool.query('ANALYZE messages')
}

/** Adds to balances, many at once. */
export async function upsertBalances(
  over: Over,
  changes: ReadonlyMap<string, { readonly balance: number; readonly count: number }>,
): Promise<void> {
  const values = [...changes]
  await over.query({
    name: 'upsert',
    text: `INSERT INTO balance SELECT * FROM unnest($1::text[], $2::bigint[], $3::bigint[]) ON CONFLICT (id) DO UPDATE
      SET balance = balance.balance + excluded.balance, count = balance.count + excluded.count`,
    values: [values.map(([id]) => id), values.map(([, { balance }]) => balance), values.map(([, { count }]) => count)],
  })
}
