import type { SQLInputValue } from 'node:sqlite'
import { KhataError } from '../model/error.ts'
import type { FieldFilter, FieldValue, ViewShape } from '../ports/view-store.ts'
import { quoted } from './names.ts'

/** A condition in SQL with the values of its parameters. */
export interface Sql {
  readonly text: string
  readonly values: readonly SQLInputValue[]
}

const comparisons = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

/**
 * The quoted column of an indexed field.
 * @throws KhataError `usage` when the view has no such field
 */
export function fieldColumn(shape: ViewShape, field: string): string {
  if (shape.fields.some((known) => known.name === field)) return quoted(field)
  throw new KhataError('usage', `the view generation "${shape.generation}" has no indexed field "${field}"`, null)
}

function oneOf(column: string, values: readonly FieldValue[]): Sql {
  const given = values.filter((value) => value !== null)
  const list = `${column} IN (${given.map(() => '?').join(', ')})`
  return given.length < values.length
    ? { text: `(${list} OR ${column} IS NULL)`, values: given }
    : { text: list, values: given }
}

/** A filter in SQL. Bounds never match null; `eq` and `in` may ask for it. */
export function filterSql(shape: ViewShape, filter: FieldFilter): Sql {
  const column = fieldColumn(shape, filter.field)
  const { op, value } = filter
  if (op === 'in') return oneOf(column, Array.isArray(value) ? (value as readonly FieldValue[]) : [value as FieldValue])
  if (Array.isArray(value)) throw new KhataError('usage', `"${op}" compares with one value, not a list`, null)
  if (value === null) return { text: op === 'eq' ? `${column} IS NULL` : 'FALSE', values: [] }
  return { text: `${column} ${comparisons[op]} ?`, values: [value as FieldValue] }
}

/** All filters and the words together. */
export function allOf(conditions: readonly Sql[]): Sql {
  return {
    text: ['_document IS NOT NULL', ...conditions.map((condition) => condition.text)].join(' AND '),
    values: conditions.flatMap((condition) => condition.values),
  }
}
