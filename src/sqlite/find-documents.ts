import type { DocumentRange, FieldFilter, FieldValue, StoredDocument, ViewShape } from '../ports/view-store.ts'
import type { Connection } from './connection.ts'
import { allOf, fieldColumn, filterSql, type Sql } from './document-filter.ts'
import { viewTable } from './names.ts'
import { searchSql } from './search.ts'

/** A document with the value it is ordered by. */
export type FoundDocument = StoredDocument & { readonly value: FieldValue }

type Row = [id: string, body: string, position: number, revision: number, value: FieldValue]

/** A part of the answer: nulls and values are two ranges of the index, read one after the other. */
interface Part {
  readonly conditions: readonly Sql[]
  readonly order: string
}

function partsById(range: DocumentRange, column: string): Part[] {
  const after = range.after ? [{ text: `${column} > ?`, values: [range.after.id] }] : []
  return [{ conditions: after, order: column }]
}

/** Ascending: nulls by id, then values. Descending is exactly the reverse. */
function partsByField(column: string, descending: boolean, after: DocumentRange['after']): Part[] {
  const beyond = descending ? '<' : '>'
  const direction = descending ? 'DESC' : 'ASC'
  const afterId = (id: string): Sql => ({ text: `_id ${beyond} ?`, values: [id] })
  const nulls: Part = {
    conditions: [{ text: `${column} IS NULL`, values: [] }, ...(after && after.value === null ? [afterId(after.id)] : [])],
    order: `_id ${direction}`,
  }
  const bound: Sql[] = []
  if (after && after.value !== null) {
    bound.push({ text: `(${column}, _id) ${beyond} (?, ?)`, values: [after.value, after.id] })
  }
  const values: Part = {
    conditions: [{ text: `${column} IS NOT NULL`, values: [] }, ...bound],
    order: `${column} ${direction}, _id ${direction}`,
  }
  if (!after) return descending ? [values, nulls] : [nulls, values]
  if (after.value === null) return descending ? [nulls] : [nulls, values]
  return descending ? [values, nulls] : [values]
}

/** Documents by indexed field or words, a page at a time. */
export function findDocuments(connection: Connection, shape: ViewShape, range: DocumentRange): FoundDocument[] {
  const filters = range.where.map((filter) => filterSql(shape, filter))
  if (range.words !== undefined) {
    const words = searchSql(shape, range.words)
    if (!words) return []
    filters.push(words)
  }
  const column = range.order ? fieldColumn(shape, range.order.field) : '_id'
  const parts = range.order ? partsByField(column, range.order.descending, range.after) : partsById(range, column)
  const texts: string[] = []
  const values: Sql['values'][number][] = []
  for (const part of parts) {
    const where = allOf([...filters, ...part.conditions])
    texts.push(`SELECT * FROM (SELECT _id, _document, _position, _revision, ${column} FROM ${viewTable(range.generation)}
      WHERE ${where.text} ORDER BY ${part.order} LIMIT ?)`)
    values.push(...where.values, range.limit)
  }
  // One statement sees one state: a document that is written meanwhile is in one of the parts.
  const rows = connection.sql(`${texts.join(' UNION ALL ')} LIMIT ?`).all(...values, range.limit) as unknown as Row[]
  return rows.map(([id, body, position, revision, value]) => ({ id, body, position, revision, value }))
}

/** How many documents match. */
export function countDocuments(connection: Connection, shape: ViewShape, filters: readonly FieldFilter[]): number {
  const where = allOf(filters.map((filter) => filterSql(shape, filter)))
  const text = `SELECT count(*) FROM ${viewTable(shape.generation)} WHERE ${where.text}`
  const [count] = connection.sql(text).get(...where.values) as unknown as [number]
  return count
}

/** Documents by id, tombstones too, in the order they were asked for. */
export function getDocuments(connection: Connection, generation: string, ids: readonly string[]): StoredDocument[] {
  const statement = connection.sql(`SELECT _id, _document, _position, _revision FROM ${viewTable(generation)} WHERE _id = ?`)
  const documents: StoredDocument[] = []
  for (const id of ids) {
    const row = statement.get(id) as unknown as [string, string | null, number, number] | undefined
    if (row) documents.push({ id: row[0], body: row[1], position: row[2], revision: row[3] })
  }
  return documents
}
