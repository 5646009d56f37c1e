/** A database of its own for each test run, on the server that `KHATA_TEST_POSTGRES` names or that runs on this machine. */
import { randomBytes } from 'node:crypto'
import { after } from 'node:test'
import pg from 'pg'

/** The server that tests use. */
export const server = process.env['KHATA_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

const tooManyConnections = '53300'

/** A client of the server; one that is full for the moment is asked again. */
async function clientOf(url: string): Promise<pg.Client> {
  for (;;) {
    const client = new pg.Client({ connectionString: url })
    try {
      await client.connect()
      return client
    } catch (error) {
      if ((error as { code?: string }).code !== tooManyConnections) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

async function administer(text: string): Promise<void> {
  const client = await clientOf(server)
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

/** The server's URL with another database. */
export function urlOf(database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

/** Makes a database that is dropped when the test file is done; answers its URL. */
export async function newDatabase(): Promise<string> {
  const name = `khata_test_${randomBytes(6).toString('hex')}`
  await administer(`CREATE DATABASE ${name} TEMPLATE template0`)
  after(() => administer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`))
  return urlOf(name)
}
