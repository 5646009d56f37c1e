/**
 * Removes a generation in slices: dropping a table looks at each of its pages, and all commits would wait for that.
 * From its first slice on, nobody can ask or write the generation any more.
 */
import { searchTable, viewTable } from './names.ts'
import type { Session } from './session.ts'

/** One slice takes so long, in milliseconds, and removes at most so many documents: what it wrote must be flushed as well. */
const sliceMs = 5
const sliceDocuments = 500
const stepDocuments = 50

type Row = [row: number, searched: number]

/** Removes documents of a generation, and its tables when there are none left; says whether nothing is left at all. */
export function dropView(session: Session, generation: string): boolean {
  session.sql('DELETE FROM view_shape WHERE generation = ?').run(generation)
  session.shapes.delete(generation)
  if (!session.sql('SELECT 1 FROM sqlite_schema WHERE type = ? AND name = ?').get('table', `view_${generation}`)) return true
  const [text] = session
    .sql(`SELECT count(*) FROM pragma_table_info(?) WHERE name = '_text'`)
    .get(`view_${generation}`) as unknown as [number]
  const searched = text > 0
  const table = viewTable(generation)
  const first = session.sql(
    `SELECT _row, ${searched ? '_text IS NOT NULL' : '0'} FROM ${table} ORDER BY _row LIMIT ${stepDocuments}`,
  )
  const started = performance.now()
  for (let removed = 0; removed < sliceDocuments && performance.now() - started < sliceMs; removed += stepDocuments) {
    const rows = first.all() as unknown as Row[]
    const last = rows.at(-1)
    if (!last) {
      removeTables(session, generation)
      return true
    }
    for (const [row, inSearch] of rows) {
      if (inSearch) session.sql(`DELETE FROM ${searchTable(generation)} WHERE rowid = ?`).run(row)
    }
    session.sql(`DELETE FROM ${table} WHERE _row <= ?`).run(last[0])
  }
  return false
}

/** Removes the tables of a generation, if there are any; they should be empty. */
export function removeTables(session: Session, generation: string): void {
  session.db.exec(`DROP TABLE IF EXISTS ${searchTable(generation)}; DROP TABLE IF EXISTS ${viewTable(generation)}`)
}
