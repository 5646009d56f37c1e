import pg from 'pg'

/** The server that is measured. */
export const server = process.env['KHATA_BENCH_POSTGRES'] ?? 'postgres://postgres@127.0.0.1:5432/postgres'

/** Runs one statement over a connection of its own. */
export async function administer<Row extends object>(
  text: string,
  values: readonly unknown[] = [],
  url: string = server,
): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query<Row>(text, [...values])).rows
  } finally {
    await client.end()
  }
}

const inUse = '55006'

/** Some drivers are still saying goodbye when they say that they are closed; the server itself waits 5 s for them. */
async function onceUnused(text: string): Promise<void> {
  for (const end = performance.now() + 15_000; ; ) {
    try {
      await administer(text)
      return
    } catch (error) {
      if ((error as { code?: string }).code !== inUse || performance.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }
}

let made = 0

function newName(): string {
  return `khata_bench_${process.pid}_${++made}`
}

function nameOf(url: string): string {
  return new URL(url).pathname.slice(1)
}

function urlOf(name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}

/** Makes a database, empty or a copy of another. */
export async function createDatabase(name = newName(), template = 'template0'): Promise<string> {
  await onceUnused(`CREATE DATABASE ${name} TEMPLATE ${template}`)
  return urlOf(name)
}

/** Drops a database. */
export function dropDatabase(url: string): Promise<void> {
  return onceUnused(`DROP DATABASE ${nameOf(url)}`)
}

async function inDatabase<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
  try {
    const result = await work(url)
    await dropDatabase(url)
    return result
  } catch (error) {
    // What failed may have left its connections open, and they must not hide why.
    await administer(`DROP DATABASE IF EXISTS ${nameOf(url)} WITH (FORCE)`)
    throw error
  }
}

/** Gives a new database to some work and drops it afterwards. */
export async function inNewDatabase<T>(work: (url: string) => Promise<T>): Promise<T> {
  return inDatabase(await createDatabase(), work)
}

/** Gives a copy of a database to some work and drops it afterwards. */
export async function inCopyOf<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
  return inDatabase(await createDatabase(newName(), nameOf(url)), work)
}

/** Names a new database. It must not be in use any more. */
export async function rename(url: string, name: string): Promise<string> {
  await onceUnused(`ALTER DATABASE ${nameOf(url)} RENAME TO ${name}`)
  return urlOf(name)
}

/** The databases whose names begin with something. */
export async function databasesFrom(prefix: string): Promise<readonly string[]> {
  const rows = await administer<{ name: string }>('SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)', [
    prefix,
  ])
  return rows.map(({ name }) => urlOf(name))
}

/** A database by its whole name; null when there is none. */
export async function named(name: string): Promise<string | null> {
  return (await databasesFrom(name)).find((url) => nameOf(url) === name) ?? null
}
