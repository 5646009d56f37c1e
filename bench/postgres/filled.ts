/** Databases that are filled once and then used by every round, because filling takes longer than measuring. */
import { createHash } from 'node:crypto'
import { administer, createDatabase, databasesFrom, dropDatabase, named, rename } from './database.ts'

type Fill = (url: string) => Promise<void>

const filled = new Map<string, Promise<string>>()
const keptPrefix = 'khata_bench_kept_'

/** As the server itself leaves a table some minutes after it was filled. */
async function settle(url: string): Promise<void> {
  await administer('VACUUM ANALYZE', [], url)
}

async function newFilled(fill: Fill): Promise<string> {
  const url = await createDatabase()
  await fill(url)
  await settle(url)
  return url
}

/** A database that is filled at the first call of this run with its name. */
export function filledDatabase(name: string, fill: Fill): Promise<string> {
  const url = filled.get(name) ?? newFilled(fill)
  filled.set(name, url)
  return url
}

/** The name under which a database is kept for later runs. */
function keptName(name: string): string {
  return `${keptPrefix}${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
}

/**
 * Goes on filling a database that later runs find filled, until {@link dropKept}; `fill` says whether it is whole. It gets its
 * name when it is.
 */
export async function keepFilling(name: string, fill: (url: string) => Promise<boolean>): Promise<boolean> {
  const database = keptName(name)
  if (await named(database)) return true
  const url = (await named(`part_${database}`)) ?? (await createDatabase(`part_${database}`))
  if (!(await fill(url))) return false
  await settle(url)
  await rename(url, database)
  return true
}

/** A database that was filled by {@link keepFilling}. */
export async function keptDatabase(name: string): Promise<string> {
  const url = await named(keptName(name))
  if (!url) throw new Error(`"${name}" is not there: run long-logs.ts first`)
  return url
}

/** Drops what this run filled. */
export async function dropFilled(): Promise<void> {
  for (const url of filled.values()) await dropDatabase(await url)
  filled.clear()
}

/** Drops what any run kept. */
export async function dropKept(): Promise<void> {
  for (const prefix of [keptPrefix, `part_${keptPrefix}`]) {
    for (const url of await databasesFrom(prefix)) await dropDatabase(url)
  }
}
