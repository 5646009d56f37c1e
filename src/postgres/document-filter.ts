import { KhataError } from '../model/error.ts'
import type { FieldFilter, FieldValue, ViewShape } from '../ports/view-store.ts'
import { doubleArray, textArray } from './binary-arrays.ts'
import type { Value } from './connection.ts'
import { quoted } from './names.ts'
import { searchOf } from './words.ts'

type FieldType = ViewShape['fields'][number]['type']

/** The parameters of a statement as it grows. */
export interface Parameters {
  readonly values: Value[]
  /** Adds a value; answers how the text names it, with its type. */
  add(value: Value, type: string): string
}

/** No parameters yet. */
export function parameters(): Parameters {
  const values: Value[] = []
  return { values, add: (value, type) => `$${values.push(value)}::${type}` }
}

/**
 * An indexed field.
 * @throws KhataError `usage` when the view has no such field
 */
export function fieldOf(shape: ViewShape, name: string): { readonly column: string; readonly type: FieldType } {
  const field = shape.fields.find((known) => known.name === name)
  if (field) return { column: quoted(name), type: field.type }
  throw new KhataError('usage', `the view generation "${shape.generation}" has no indexed field "${name}"`, null)
}

/** A value to compare a field with, in the type of its column. */
export function addFieldValue(given: Parameters, value: string | number, type: FieldType): string {
  if (type === 'boolean') return given.add(Number(value) !== 0, 'boolean')
  if (type === 'number') return given.add(Number(value), 'double precision')
  return given.add(String(value), 'text')
}

/** A column as it is answered: booleans are 0 and 1. */
export function fieldValue(column: string, type: FieldType): string {
  return type === 'boolean' ? `${column}::integer` : column
}

const comparisons = { eq: '=', gt: '>', gte: '>=', lt: '<', lte: '<=' } as const

function oneOf(given: Parameters, column: string, type: FieldType, values: readonly FieldValue[]): string {
  const present = values.filter((value) => value !== null)
  const list =
    type === 'text'
      ? given.add(textArray(present.map(String)), 'text[]')
      : given.add(doubleArray(present.map(Number)), 'double precision[]')
  const compared = type === 'boolean' ? `${column}::integer::double precision` : column
  const test = `${compared} = ANY (${list})`
  return present.length < values.length ? `(${test} OR ${column} IS NULL)` : test
}

/** A filter in SQL. Bounds never match null; `eq` and `in` may ask for it. */
export function filterSql(given: Parameters, shape: ViewShape, filter: FieldFilter): string {
  const { column, type } = fieldOf(shape, filter.field)
  const { op, value } = filter
  if (op === 'in') {
    return oneOf(given, column, type, Array.isArray(value) ? (value as readonly FieldValue[]) : [value as FieldValue])
  }
  if (Array.isArray(value)) throw new KhataError('usage', `"${op}" compares with one value, not a list`, null)
  if (value === null) return op === 'eq' ? `${column} IS NULL` : 'FALSE'
  return `${column} ${comparisons[op]} ${addFieldValue(given, value as string | number, type)}`
}

/**
 * The condition that all words occur; null when there is no word to look for.
 * @throws KhataError `usage` when the view has no full-text index
 */
export function searchSql(given: Parameters, shape: ViewShape, words: string): string | null {
  if (!shape.search) throw new KhataError('usage', `the view generation "${shape.generation}" has no full-text index`, null)
  const search = searchOf(words)
  return search === null ? null : `_words @@ ${given.add(search, 'tsquery')}`
}
