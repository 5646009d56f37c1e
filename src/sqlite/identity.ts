import { realpathSync } from 'node:fs'
import { hostname } from 'node:os'
import type { Identity } from '../ports/engine.ts'
import type { Connection } from './connection.ts'

/** Where a store is: system and place. The file need not be there yet, its directory must. */
export function homeOf(directory: string, file: string): string {
  return `${hostname()}:${realpathSync(directory)}/${file}`
}

/** Which store this is. */
export function readIdentity(connection: Connection, here: string): Identity {
  const row = connection.sql('SELECT store_id, epoch, home FROM ledger').get() as unknown as [string, string, string]
  return { storeId: row[0], epoch: row[1], home: row[2], here }
}
