import { connectWriter, type Synchronous, waitBriefly } from './connection.ts'
import { migrate } from './migrate.ts'
import { type Session, startSession } from './session.ts'

/** Opens the writing connection of a store and brings its schema up to date. */
export function openSession(location: string, home: string, synchronous: Synchronous, now: number): Session {
  const connection = connectWriter(location, synchronous)
  try {
    migrate(connection, home, now)
    waitBriefly(connection)
    return startSession(connection)
  } catch (error) {
    connection.close()
    throw error
  }
}
