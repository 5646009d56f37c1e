import { KhataError } from '../model/error.ts'
import type { ViewShape } from '../ports/view-store.ts'
import { type Connection, connect } from './connection.ts'
import { beginLocked } from './lock.ts'
import { quoted, viewIndex, viewTable } from './names.ts'
import type { PostgresSettings } from './options.ts'
import type { Reader } from './reader.ts'
import { findShape } from './view-shape.ts'

const columnTypes = { text: 'text COLLATE "C"', number: 'double precision', boolean: 'boolean' } as const

/** Documents are overwritten again and again: room on each page keeps the new row beside the old one. */
function createTable(shape: ViewShape): string {
  const fields = shape.fields.map((field) => `, ${quoted(field.name)} ${columnTypes[field.type]}`).join('')
  return `CREATE TABLE ${viewTable(shape.generation)} (
    _id text COLLATE "C" PRIMARY KEY, _bucket integer NOT NULL, _position bigint NOT NULL,
    _revision bigint NOT NULL, _document json${fields}${shape.search ? ', _words tsvector' : ''}) WITH (fillfactor = 80)`
}

/** Every index ends with the id, so that a page can go on after the last document of the one before. */
function createIndex(shape: ViewShape, fields: readonly string[], number: number): string {
  const columns = [...fields.map(quoted), '_id'].join(', ')
  return `CREATE INDEX ${viewIndex(shape.generation, String(number))} ON ${viewTable(shape.generation)} (${columns})
    WHERE _document IS NOT NULL`
}

function createSearch(shape: ViewShape): string {
  return `CREATE INDEX ${viewIndex(shape.generation, 'words')} ON ${viewTable(shape.generation)} USING gin (_words)`
}

/** Does work in a transaction of its own under the lock of those who change tables. */
async function change(settings: PostgresSettings, work: (connection: Connection) => Promise<void>): Promise<void> {
  const connection = await connect(settings)
  try {
    await beginLocked(connection, settings, 'schema')
    await work(connection)
    await connection.run('COMMIT')
  } finally {
    await connection.close()
  }
}

/**
 * Whether a generation is there already, in this shape.
 * @throws KhataError `usage` when it is there with another shape
 */
function isThere(shape: ViewShape, found: ViewShape | null): boolean {
  if (!found) return false
  if (JSON.stringify(found) === JSON.stringify(shape)) return true
  throw new KhataError('usage', `the view generation "${shape.generation}" is there with another shape`, null)
}

/**
 * Makes the table of a generation; nothing happens when it is there.
 * @throws KhataError `usage` when it is there with another shape
 */
export async function prepareView(settings: PostgresSettings, reader: Reader, shape: ViewShape): Promise<void> {
  // Whoever feeds a view asks for its table again and again: that need not cost a connection.
  if (isThere(shape, await reader.read((connection) => findShape(connection, shape.generation)))) return
  await change(settings, async (connection) => {
    if (isThere(shape, await findShape(connection, shape.generation))) return
    await connection.run(createTable(shape))
    for (const [number, fields] of shape.indexes.entries()) await connection.run(createIndex(shape, fields, number))
    if (shape.search) await connection.run(createSearch(shape))
    await connection.once('INSERT INTO khata.view_shape (generation, shape) VALUES ($1, $2)', [
      shape.generation,
      JSON.stringify(shape),
    ])
  })
}

/** How long a removal waits for whoever reads the table, a backup perhaps: everybody who comes later waits behind it. */
const dropTimeoutMs = 1_000

/**
 * Removes the table of a generation with all documents; nothing happens when there is none.
 * @throws KhataError `store-unavailable` when somebody is at the table
 */
export async function dropView(settings: PostgresSettings, reader: Reader, generation: string): Promise<void> {
  if (!(await reader.read((connection) => findShape(connection, generation)))) return
  await change(settings, async (connection) => {
    await connection.once("SELECT set_config('lock_timeout', $1, true)", [String(dropTimeoutMs)])
    await connection.run(`DROP TABLE IF EXISTS ${viewTable(generation)}`)
    await connection.once('DELETE FROM khata.view_shape WHERE generation = $1', [generation])
  })
}
