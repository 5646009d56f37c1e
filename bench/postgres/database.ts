import pg from 'pg'

/** The server that is measured. */
export const server = process.env['KHATA_BENCH_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

async function administer(text: string): Promise<void> {
  const client = new pg.Client({ connectionString: server })
  await client.connect()
  try {
    await client.query(text)
  } finally {
    await client.end()
  }
}

/** Some drivers are still saying goodbye when they say that they are closed. */
async function drop(name: string): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    try {
      return await administer(`DROP DATABASE ${name}`)
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
  await administer(`DROP DATABASE ${name} WITH (FORCE)`)
}

let made = 0

/** Gives a new database to some work and drops it afterwards. */
export async function inNewDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  const name = `khata_bench_${process.pid}_${++made}`
  await administer(`CREATE DATABASE ${name} TEMPLATE template0`)
  const url = new URL(server)
  url.pathname = `/${name}`
  try {
    return await work(url.href)
  } finally {
    await drop(name)
  }
}
