import { KhataError } from '../model/error.ts'
import type { ViewShape } from '../ports/view-store.ts'
import { removeTables } from './drop-view.ts'
import { quoted, searchTable, viewTable } from './names.ts'
import type { Session } from './session.ts'
import { findShape } from './view-shape.ts'

const columnTypes = { text: 'TEXT', number: 'REAL', boolean: 'INTEGER' } as const

function createTable(shape: ViewShape): string {
  const fields = shape.fields.map((field) => `, ${quoted(field.name)} ${columnTypes[field.type]}`).join('')
  return `CREATE TABLE ${viewTable(shape.generation)} (
    _row INTEGER PRIMARY KEY, _id TEXT NOT NULL UNIQUE, _bucket INTEGER NOT NULL, _position INTEGER NOT NULL,
    _revision INTEGER NOT NULL, _document TEXT${shape.search ? ', _text TEXT' : ''}${fields}) STRICT`
}

/** Refuses fields that a table cannot have beside its own columns: SQL does not tell capitals from small letters. */
function checkFields(shape: ViewShape): void {
  const seen = new Set<string>()
  for (const { name } of shape.fields) {
    const lower = name.toLowerCase()
    if (name === '' || name.startsWith('_') || seen.has(lower)) {
      throw new KhataError(
        'usage',
        `a view on SQLite cannot have the field "${name}": it is empty, begins with _, or is there twice`,
        null,
      )
    }
    seen.add(lower)
  }
}

/** Every index ends with the id, so that a page can go on after the last document of the one before. */
function createIndex(shape: ViewShape, fields: readonly string[], number: number): string {
  const name = `"view_${shape.generation}.${number}"`
  const columns = [...fields.map(quoted), '_id'].join(', ')
  return `CREATE INDEX ${name} ON ${viewTable(shape.generation)} (${columns}) WHERE _document IS NOT NULL`
}

/** Letters, digits, signs that belong to letters and private use: Bengali words stay whole. */
const tokenizer = `unicode61 categories ''L* N* Co Mn Mc''`

function createSearch(shape: ViewShape): string {
  return `CREATE VIRTUAL TABLE ${searchTable(shape.generation)} USING fts5(
    text, content = '', contentless_delete = 1, tokenize = '${tokenizer}')`
}

/**
 * Makes the tables of a generation; nothing happens when they are there.
 * @throws KhataError `usage` when they are there with another shape
 */
export function prepareView(session: Session, shape: ViewShape): void {
  const text = JSON.stringify(shape)
  const found = findShape(session, shape.generation)
  if (found) {
    if (JSON.stringify(found) === text) return
    throw new KhataError('usage', `the view generation "${shape.generation}" is there with another shape`, null)
  }
  checkFields(shape)
  // Left there by a removal that was cut short.
  removeTables(session, shape.generation)
  session.db.exec(createTable(shape))
  for (const [number, fields] of shape.indexes.entries()) session.db.exec(createIndex(shape, fields, number))
  if (shape.search) session.db.exec(createSearch(shape))
  session.sql('INSERT INTO view_shape (generation, shape) VALUES (?, ?)').run(shape.generation, text)
}
