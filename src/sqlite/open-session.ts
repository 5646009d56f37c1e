import type { TablesOption } from '../ports/engine.ts'
import { connectWriter, type Synchronous, waitBriefly } from './connection.ts'
import { migrate } from './migrate.ts'
import { type Session, startSession } from './session.ts'

/** Opens the writing connection of a store and brings its schema up to date, as far as `tables` allows it. */
export function openSession(
  location: string,
  home: string,
  synchronous: Synchronous,
  now: number,
  tables: TablesOption = 'make',
): Session {
  const connection = connectWriter(location, synchronous)
  try {
    migrate(connection, home, now, tables)
    waitBriefly(connection)
    return startSession(connection)
  } catch (error) {
    connection.close()
    throw error
  }
}
