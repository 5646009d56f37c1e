import type { DocumentRange, FieldFilter, FieldValue, StoredDocument, ViewShape } from '../ports/view-store.ts'
import { textArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import { addFieldValue, fieldOf, fieldValue, filterSql, type Parameters, parameters, searchSql } from './document-filter.ts'
import { viewTable } from './names.ts'

/** A document with the value it is ordered by. */
export type FoundDocument = StoredDocument & { readonly value: FieldValue }

type Row = [id: string, body: string, position: number, revision: number, value: FieldValue]

/**
 * The conditions of each part of the answer: nulls and values are two ranges of the index, in whose order the server cannot
 * read them as one. Nulls come first; descending they come last.
 */
function partsByField(
  given: Parameters,
  { column, type }: ReturnType<typeof fieldOf>,
  descending: boolean,
  after: DocumentRange['after'],
): string[][] {
  const beyond = descending ? '<' : '>'
  const nulls = [`${column} IS NULL`]
  const values = [`${column} IS NOT NULL`]
  if (!after) return [nulls, values]
  const id = given.add(after.id, 'text')
  if (after.value === null) {
    const rest = [...nulls, `_id ${beyond} ${id}`]
    return descending ? [rest] : [rest, values]
  }
  const rest = [`(${column}, _id) ${beyond} (${addFieldValue(given, after.value, type)}, ${id})`]
  return descending ? [nulls, rest] : [rest]
}

function whereSql(conditions: readonly string[]): string {
  return ['_document IS NOT NULL', ...conditions].join(' AND ')
}

/**
 * Documents by indexed field or words, a page at a time. All parts are read by one statement: a document that is written
 * meanwhile is in one of them. Each is cut at the limit, so that no more than these few are sorted together.
 */
export async function findDocuments(connection: Connection, shape: ViewShape, range: DocumentRange): Promise<FoundDocument[]> {
  const { order, after } = range
  const given = parameters()
  const filters = range.where.map((filter) => filterSql(given, shape, filter))
  if (range.words !== undefined) {
    const words = searchSql(given, shape, range.words)
    if (words === null) return []
    filters.push(words)
  }
  const field = order ? fieldOf(shape, order.field) : null
  const byId = (): string[][] => [after ? [`_id > ${given.add(after.id, 'text')}`] : []]
  const parts = order && field ? partsByField(given, field, order.descending, after) : byId()
  const [direction, nulls] = order?.descending ? ['DESC', 'LAST'] : ['ASC', 'FIRST']
  const limit = given.add(range.limit, 'bigint')
  const texts = parts.map(
    (
      conditions,
    ) => `(SELECT _id, _document, _position, _revision, ${field ? fieldValue(field.column, field.type) : '_id'} AS _value
      FROM ${viewTable(range.generation)} WHERE ${whereSql([...filters, ...conditions])}
      ORDER BY ${field ? `${field.column} ${direction}, ` : ''}_id ${direction} LIMIT ${limit})`,
  )
  const text =
    texts.length === 1
      ? (texts[0] ?? '')
      : `SELECT * FROM (${texts.join(' UNION ALL ')}) AS parts
        ORDER BY _value ${direction} NULLS ${nulls}, _id ${direction} LIMIT ${limit}`
  const rows = await connection.once<Row>(text, given.values)
  return rows.map(([id, body, position, revision, value]) => ({ id, body, position, revision, value }))
}

/** How many documents match. */
export async function countDocuments(
  connection: Connection,
  shape: ViewShape,
  filters: readonly FieldFilter[],
): Promise<number> {
  const given = parameters()
  const where = whereSql(filters.map((filter) => filterSql(given, shape, filter)))
  const [row] = await connection.once<[number]>(
    `SELECT count(*) FROM ${viewTable(shape.generation)} WHERE ${where}`,
    given.values,
  )
  return row?.[0] ?? 0
}

type StoredRow = [id: string, body: string | null, position: number, revision: number]

/** Documents by id, tombstones too, in the order they were asked for. */
export async function getDocuments(
  connection: Connection,
  generation: string,
  ids: readonly string[],
): Promise<StoredDocument[]> {
  const text = `SELECT _id, _document, _position, _revision FROM ${viewTable(generation)} WHERE _id = ANY ($1::text[])`
  // The server takes no text with U+0000, so that no document has such an id.
  const possible = ids.filter((id) => !id.includes('\u0000'))
  const rows = new Map((await connection.query<StoredRow>(text, [textArray(possible)])).map((row) => [row[0], row]))
  return ids.flatMap((id) => {
    const row = rows.get(id)
    return row ? [{ id, body: row[1], position: row[2], revision: row[3] }] : []
  })
}
