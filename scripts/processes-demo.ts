/**
 * Shows what several processes over one PostgreSQL do when they are killed: `node scripts/processes-demo.ts [URL]`. Without
 * the URL of an empty database it makes one of its own on the server that `KHATA_TEST_POSTGRES` names or that runs on this
 * machine, and drops it in the end.
 */
import { randomBytes } from 'node:crypto'
import pg from 'pg'
import { show } from './processes/show.ts'

const server = process.env['KHATA_TEST_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'
const [given] = process.argv.slice(2)

async function administer(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

const name = `khata_demo_${randomBytes(4).toString('hex')}`
const own = new URL(server)
own.pathname = `/${name}`
if (!given) await administer(`CREATE DATABASE ${name}`)
try {
  await show({
    store: given ?? own.href,
    kills: ['worker-1', 'api-1', 'worker-2', 'api-2'],
    customers: 16,
    betweenMs: 3_000,
    say: (line) => process.stdout.write(`${line}\n`),
  })
} finally {
  if (!given) await administer(`DROP DATABASE ${name} WITH (FORCE)`)
}
