/**
 * Stands in for the SQLite engine while the runtime's tests run over PostgreSQL: each file, and each store in memory, is a
 * schema of one database.
 */
import { createHash, randomBytes } from 'node:crypto'
import type { Engine, EngineOptions } from '../../src/ports/engine.ts'
import { openPostgres } from '../../src/postgres/index.ts'

/** Opens the schema that a file's name stands for. */
export async function openSqlite(location: string, options: EngineOptions = {}): Promise<Engine> {
  const digest =
    location === ':memory:' ? randomBytes(8).toString('hex') : createHash('sha256').update(location).digest('hex').slice(0, 16)
  const { clock, queueLimit, queueBytes } = options
  const given = Object.entries({ clock, queueLimit, queueBytes }).filter(([, value]) => value !== undefined)
  const url = process.env['KHATA_TEST_DATABASE'] ?? ''
  const engine = await openPostgres(url, { ...Object.fromEntries(given), schema: `s_${digest}` })
  // A test may open the store of an engine again by its name.
  return { ...engine, name: `sqlite:${location}` }
}
