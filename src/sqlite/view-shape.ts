import { KhataError } from '../model/error.ts'
import type { ViewShape } from '../ports/view-store.ts'
import type { Connection } from './connection.ts'

/** The shape that a generation was prepared with, null when it was not. */
export function findShape(connection: Connection, generation: string): ViewShape | null {
  const row = connection.sql('SELECT shape FROM view_shape WHERE generation = ?').get(generation) as unknown as
    | [string]
    | undefined
  return row ? (JSON.parse(row[0]) as ViewShape) : null
}

/**
 * The shape of a generation, looked up once and kept in `known`.
 * @throws KhataError `usage` when it was never prepared
 */
export function shapeOf(connection: Connection, known: Map<string, ViewShape>, generation: string): ViewShape {
  const kept = known.get(generation)
  if (kept) return kept
  const found = findShape(connection, generation)
  if (!found) throw new KhataError('usage', `the view generation "${generation}" was not prepared`, null)
  known.set(generation, found)
  return found
}
