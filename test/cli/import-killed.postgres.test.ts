import { test } from 'node:test'
import pg from 'pg'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { killImport } from './import-killed.ts'

test('an import into PostgreSQL that is killed leaves a store that nothing uses, and goes on where it was', async () => {
  await killImport(async () => newDatabase(), eventsIn)
})

async function eventsIn(store: string): Promise<number> {
  const client = new pg.Client(store)
  await client.connect()
  try {
    const { rows } = await client.query<{ n: string }>('SELECT coalesce(max(position), 0) AS n FROM khata.event')
    return Number(rows[0]?.n)
  } catch (error) {
    // Its tables are being made.
    if (/does not exist/.test(String(error))) return 0
    throw error
  } finally {
    await client.end()
  }
}
