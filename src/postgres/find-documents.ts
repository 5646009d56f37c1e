import type { DocumentRange, FieldFilter, FieldValue, StoredDocument, ViewShape } from '../ports/view-store.ts'
import { textArray } from './binary-arrays.ts'
import type { Connection } from './connection.ts'
import { addFieldValue, fieldOf, fieldValue, filterSql, type Parameters, parameters, searchSql } from './document-filter.ts'
import { viewTable } from './names.ts'

/** A document with the value it is ordered by. */
export type FoundDocument = StoredDocument & { readonly value: FieldValue }

type Row = [id: string, body: string, position: number, revision: number, value: FieldValue]

/** A part of the answer: nulls and values are two ranges of the index, read one after the other. */
interface Part {
  readonly conditions: (given: Parameters) => readonly string[]
  readonly order: string
}

/** Ascending: nulls by id, then values. Descending is exactly the reverse. */
function partsByField(shape: ViewShape, order: NonNullable<DocumentRange['order']>, after: DocumentRange['after']): Part[] {
  const { column, type } = fieldOf(shape, order.field)
  const beyond = order.descending ? '<' : '>'
  const direction = order.descending ? 'DESC' : 'ASC'
  const nulls: Part = {
    conditions: (given) => [
      `${column} IS NULL`,
      ...(after && after.value === null ? [`_id ${beyond} ${given.add(after.id, 'text')}`] : []),
    ],
    order: `_id ${direction}`,
  }
  const values: Part = {
    conditions: (given) =>
      after && after.value !== null
        ? [`(${column}, _id) ${beyond} (${addFieldValue(given, after.value, type)}, ${given.add(after.id, 'text')})`]
        : [`${column} IS NOT NULL`],
    order: `${column} ${direction}, _id ${direction}`,
  }
  if (!after) return order.descending ? [values, nulls] : [nulls, values]
  if (after.value === null) return order.descending ? [nulls] : [nulls, values]
  return order.descending ? [values, nulls] : [values]
}

function partsOf(shape: ViewShape, { order, after }: DocumentRange): Part[] {
  if (order) return partsByField(shape, order, after)
  return [{ conditions: (given) => (after ? [`_id > ${given.add(after.id, 'text')}`] : []), order: '_id' }]
}

function whereSql(conditions: readonly string[]): string {
  return ['_document IS NOT NULL', ...conditions].join(' AND ')
}

/** Documents by indexed field or words, a page at a time. */
export async function findDocuments(connection: Connection, shape: ViewShape, range: DocumentRange): Promise<FoundDocument[]> {
  const field = range.order ? fieldOf(shape, range.order.field) : null
  const value = field ? fieldValue(field.column, field.type) : '_id'
  const found: FoundDocument[] = []
  for (const part of partsOf(shape, range)) {
    if (found.length >= range.limit) break
    const given = parameters()
    const filters = range.where.map((filter) => filterSql(given, shape, filter))
    if (range.words !== undefined) {
      const words = searchSql(given, shape, range.words)
      if (words === null) return []
      filters.push(words)
    }
    const text = `SELECT _id, _document, _position, _revision, ${value} FROM ${viewTable(range.generation)}
      WHERE ${whereSql([...filters, ...part.conditions(given)])}
      ORDER BY ${part.order} LIMIT ${given.add(range.limit - found.length, 'bigint')}`
    for (const [id, body, position, revision, value] of await connection.once<Row>(text, given.values)) {
      found.push({ id, body, position, revision, value })
    }
  }
  return found
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
  const rows = new Map((await connection.query<StoredRow>(text, [textArray(ids)])).map((row) => [row[0], row]))
  return ids.flatMap((id) => {
    const row = rows.get(id)
    return row ? [{ id, body: row[1], position: row[2], revision: row[3] }] : []
  })
}
