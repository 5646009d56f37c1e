import { bucketOf } from '../model/bucket.ts'
import type { ViewShape, ViewWrite } from '../ports/view-store.ts'
import { quoted, searchTable, viewTable } from './names.ts'
import type { Session } from './session.ts'
import { shapeOf } from './view-shape.ts'

/** The first document that is no longer at the revision it was folded from. */
export function movedDocument(session: Session, write: ViewWrite): string | null {
  if (write.documents.length === 0) return null
  const find = session.sql(`SELECT _revision FROM ${viewTable(write.generation)} WHERE _id = ?`)
  for (const { id, replaces } of write.documents) {
    const row = find.get(id) as unknown as [number] | undefined
    if ((row?.[0] ?? 0) !== replaces) return id
  }
  return null
}

/** Writes a document unless a newer one is there; answers the row that was written. */
function upsert(shape: ViewShape): string {
  const fields = shape.fields.map((field) => quoted(field.name))
  const changing = ['_position', '_revision', '_document', ...(shape.search ? ['_text'] : []), ...fields]
  const columns = ['_id', '_bucket', ...changing]
  const updates = changing.map((column) => `${column} = excluded.${column}`)
  return `INSERT INTO ${viewTable(shape.generation)} (${columns.join(', ')})
    VALUES (${columns.map(() => '?').join(', ')})
    ON CONFLICT (_id) DO UPDATE SET ${updates.join(', ')}
    WHERE excluded._position >= _position${shape.search ? ' RETURNING _row' : ''}`
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

/** Writes a document of a view with a full-text index, which is only touched when the text is another: it is slow. */
function writeSearched(session: Session, shape: ViewShape, id: string, text: string | null, write: () => unknown): void {
  const find = session.sql(`SELECT _text FROM ${viewTable(shape.generation)} WHERE _id = ?`)
  const before = (find.get(id) as unknown as [string | null] | undefined)?.[0] ?? null
  const written = write() as [row: number] | undefined
  if (!written || before === text) return
  const table = searchTable(shape.generation)
  if (before !== null) session.sql(`DELETE FROM ${table} WHERE rowid = ?`).run(written[0])
  if (text !== null) session.sql(`INSERT INTO ${table} (rowid, text) VALUES (?, ?)`).run(written[0], text)
}

/**
 * Writes documents of one generation. `position` is that of the commit, for inline documents, which do not know it;
 * null: each document's own.
 */
export function writeDocuments(session: Session, write: ViewWrite, position: number | null): void {
  if (write.documents.length === 0) return
  const shape = shapeOf(session, session.shapes, write.generation)
  const statement = session.sql(upsertOf(shape))
  for (const document of write.documents) {
    const { id, revision, body } = document
    const place = position ?? document.position ?? session.head
    const fields = body === null ? shape.fields.map(() => null) : document.fields
    if (!shape.search) {
      statement.run(id, bucketOf(id), place, revision, body, ...fields)
      continue
    }
    const text = body === null ? null : document.text
    writeSearched(session, shape, id, text, () => statement.get(id, bucketOf(id), place, revision, body, text, ...fields))
  }
}
