import type { Identity } from '../ports/engine.ts'
import type { Connection } from './connection.ts'
import { sqlState } from './failure.ts'

const insufficientPrivilege = '42501'

/** Where a store is: the server's own identifier, the database and the schema. */
export async function homeOf(connection: Connection, schema: string): Promise<string> {
  const [names] = await connection.once<[string]>('SELECT current_database()')
  const place = `${names?.[0]}/${schema}`
  try {
    const [system] = await connection.once<[string]>('SELECT system_identifier::text FROM pg_control_system()')
    return `postgres:${system?.[0]}/${place}`
  } catch (error) {
    if (sqlState(error) !== insufficientPrivilege) throw error
    return `postgres:/${place}`
  }
}

/** Which store this is. */
export async function readIdentity(connection: Connection, here: string): Promise<Identity> {
  const text = 'SELECT store_id, epoch, home FROM khata.ledger'
  const [row] = await connection.query<[string, string, string]>(text)
  const [storeId = '', epoch = '', home = ''] = row ?? []
  return { storeId, epoch, home, here }
}
