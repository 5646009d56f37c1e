import { bucketOf } from '../model/bucket.ts'
import { KhataError } from '../model/error.ts'
import type { ViewShape, ViewWrite } from '../ports/view-store.ts'
import { actualPosition, headBefore } from './assumed-places.ts'
import { bigintArray, booleanArray, doubleArray, integerArray, jsonArray, textArray } from './binary-arrays.ts'
import type { Connection, Value } from './connection.ts'
import type { Ledger, PlacedDocument } from './ledger.ts'
import { quoted, viewTable } from './names.ts'
import { vectorOf } from './words.ts'

/** The revisions of some documents of one generation. */
export async function readRevisions(
  connection: Connection,
  generation: string,
  ids: ReadonlySet<string>,
): Promise<Map<string, number>> {
  const text = `SELECT _id, _revision FROM ${viewTable(generation)} WHERE _id = ANY ($1::text[])`
  return new Map(await connection.query<[string, number]>(text, [textArray([...ids])]))
}

/** The first document that is no longer at the revision it was folded from. */
export function movedDocument(ledger: Ledger, write: ViewWrite): string | null {
  const revisions = ledger.revisions.get(write.generation)
  const moved = write.documents.find(({ id, replaces }) => (revisions?.get(id) ?? 0) !== replaces)
  return moved?.id ?? null
}

/**
 * The shape of a generation that is to be written.
 * @throws KhataError `usage` when it was never prepared
 */
function shapeIn(ledger: Ledger, generation: string): ViewShape {
  const shape = ledger.facts.shapes.get(generation)
  if (shape) return shape
  throw new KhataError('usage', `the view generation "${generation}" was not prepared`, null)
}

/** Refuses to write documents of generations that were never prepared. */
export function checkShapes(ledger: Ledger, writes: readonly ViewWrite[]): void {
  for (const { generation, documents } of writes) if (documents.length > 0) shapeIn(ledger, generation)
}

/**
 * Takes documents of one generation. `position` is that of the commit, for inline documents, which do not know it; null:
 * each document's own. Of several writes of one document the newest stays.
 */
export function placeDocuments(ledger: Ledger, write: ViewWrite, position: number | null): void {
  if (write.documents.length === 0) return
  const placed = inner(ledger.writes.documents, write.generation)
  const revisions = inner(ledger.revisions, write.generation)
  for (const document of write.documents) {
    const place = position ?? document.position ?? ledger.head
    const before = placed.get(document.id)
    if (before && before.position > place) continue
    placed.set(document.id, { document, position: place })
    revisions.set(document.id, document.revision)
  }
}

function inner<V>(maps: Map<string, Map<string, V>>, name: string): Map<string, V> {
  let map = maps.get(name)
  if (!map) {
    map = new Map()
    maps.set(name, map)
  }
  return map
}

const columnTypes = { text: 'text', number: 'double precision', boolean: 'boolean' } as const

/** Writes documents unless newer ones are there. */
function upsert(shape: ViewShape): string {
  const fields = shape.fields.map((field) => quoted(field.name))
  const columns = ['_id', '_bucket', '_position', '_revision', '_document', ...fields, ...(shape.search ? ['_words'] : [])]
  const kinds = ['text', 'integer', 'bigint', 'bigint', 'json', ...shape.fields.map(({ type }) => columnTypes[type])]
  const names = columns.map((_, index) => `c${index}`)
  const given = [...kinds, ...(shape.search ? ['text'] : [])].map((kind, index) => `$${index + 1}::${kind}[]`)
  const taken = names.map((name, index) => {
    if (columns[index] === '_position') return actualPosition(name)
    return columns[index] === '_words' ? `${name}::tsvector` : name
  })
  const count = `$${columns.length + 1}`
  const updates = columns.slice(2).map((column) => `${column} = excluded.${column}`)
  return `INSERT INTO ${viewTable(shape.generation)} AS stored (${columns.join(', ')})
    SELECT ${taken.join(', ')} FROM unnest(${given.join(', ')}) AS given (${names.join(', ')}) CROSS JOIN ${headBefore(count)}
    ON CONFLICT (_id) DO UPDATE SET ${updates.join(', ')} WHERE excluded._position >= stored._position`
}

const upserts = new WeakMap<ViewShape, string>()

function upsertOf(shape: ViewShape): string {
  let text = upserts.get(shape)
  if (text === undefined) {
    text = upsert(shape)
    upserts.set(shape, text)
  }
  return text
}

function fieldArray(documents: readonly PlacedDocument[], type: ViewShape['fields'][number]['type'], index: number): Buffer {
  const values = documents.map(({ document }) => (document.body === null ? null : (document.fields[index] ?? null)))
  if (type === 'text') return textArray(values as (string | null)[])
  return (type === 'number' ? doubleArray : booleanArray)(values as (number | null)[])
}

/** Stores the documents that were taken. */
export function writeDocuments(connection: Connection, ledger: Ledger): Promise<unknown>[] {
  return [...ledger.writes.documents].map(([generation, placed]) => {
    const shape = shapeIn(ledger, generation)
    const documents = [...placed.values()]
    const values: Value[] = [
      textArray(documents.map(({ document }) => document.id)),
      integerArray(documents.map(({ document }) => bucketOf(document.id))),
      bigintArray(documents.map(({ position }) => position)),
      bigintArray(documents.map(({ document }) => document.revision)),
      jsonArray(documents.map(({ document }) => document.body)),
      ...shape.fields.map(({ type }, index) => fieldArray(documents, type, index)),
    ]
    if (shape.search) {
      const vector = ({ document }: PlacedDocument): string | null =>
        document.body === null || document.text === null ? null : vectorOf(document.text)
      values.push(textArray(documents.map(vector)))
    }
    return connection.query(upsertOf(shape), [...values, ledger.writes.events.length])
  })
}
