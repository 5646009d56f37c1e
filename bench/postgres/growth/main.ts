/**
 * Whether a store on PostgreSQL gets slower as it grows. It fills one, and on the way measures it when it is at 1, 2, 5 and
 * 10 million events; called again, it goes on where it was.
 *
 *     cd bench/postgres && npm ci && node --conditions=khata-source growth/main.ts [--events=10000000]
 *       [--only=fill | --only=measure] [--seconds=SECONDS] [--drop]
 *
 * `--seconds` ends the filling, `--only` makes the next step only of one kind, and `--drop` removes the store.
 */
import { openPostgres } from '../../../src/postgres/index.ts'
import type { Sample } from '../../measurement.ts'
import { administer, createDatabase, dropDatabase, named } from '../database.ts'
import { fillTo } from './fill.ts'
import {
  appendToAny,
  appendToOwn,
  appendUnderCondition,
  drawn,
  insertByHand,
  loadStreams,
  project,
  readLast,
} from './measures.ts'

const option = (name: string): string | undefined =>
  process.argv.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3)
const goal = Number(option('events') ?? 10_000_000)
const only = option('only') ?? ''
const end = performance.now() + Number(option('seconds') ?? Number.POSITIVE_INFINITY) * 1_000
const sizes = [1_000_000, 2_000_000, 5_000_000, 10_000_000].filter((size) => size <= goal)

/** The last events, which are read and projected. */
const lastCount = 500_000
const rounds = 3
const workMs = 3_000
const database = 'khata_bench_growth'

if (process.argv.includes('--drop')) {
  const there = await named(database)
  if (there) await dropDatabase(there)
  process.exit(0)
}

const url = (await named(database)) ?? (await createDatabase(database))
await administer(
  'CREATE TABLE IF NOT EXISTS growth (size bigint, name text, round integer, value float8, PRIMARY KEY (size, name, round))',
  [],
  url,
)

for (const size of sizes) {
  if (await kept(size, 'whole')) continue
  if (only !== 'measure' && !(await fill(size))) break
  if (only === 'fill') break
  if (!(await kept(size, 'projected'))) break
  await measure(size)
  if (only === 'measure') break
}
await report()
process.exit(0)

async function kept(size: number, name: string): Promise<number | null> {
  const text = 'SELECT value FROM growth WHERE size = $1 AND name = $2 AND round = 0'
  const rows = await administer<{ value: number }>(text, [size, name], url)
  return rows[0]?.value ?? null
}

async function keep(size: number, name: string, round: number, value: number): Promise<void> {
  const text = 'INSERT INTO growth VALUES ($1, $2, $3, $4) ON CONFLICT (size, name, round) DO UPDATE SET value = excluded.value'
  await administer(text, [size, name, round, value], url)
}

/** Fills up to a size, with the projection that many events behind that it is to catch up with. */
async function fill(size: number): Promise<boolean> {
  const upTo = async (length: number): Promise<number> => {
    await using engine = await openPostgres(url)
    const head = await fillTo(engine, length, end)
    console.log(`${head.toLocaleString('en-GB')} events`)
    return head
  }
  if (!(await kept(size, 'projected'))) {
    const head = await upTo(size - lastCount)
    if (head < size - lastCount) return false
    await project(await openPostgres(url))
    await keep(size, 'projected', 0, head)
  }
  return (await upTo(size)) >= size
}

async function measure(size: number): Promise<void> {
  const rate = async (name: string, round: number, sample: Sample | Promise<Sample>): Promise<void> => {
    const { operations, ms } = await sample
    await keep(size, name, round, (operations / ms) * 1_000)
  }
  await administer('CHECKPOINT', [], url)
  let engine = await openPostgres(url)
  const behind = (await engine.events.head()).position - ((await kept(size, 'projected')) ?? 0)
  const start = performance.now()
  await project(engine)
  await rate('projection', 0, { operations: behind, ms: performance.now() - start })
  engine = await openPostgres(url)
  await rate('read', 0, readLast(engine, lastCount))
  const events = await drawn(engine, 5_000)
  await rate('load', 0, loadStreams(engine, events, workMs))
  for (let round = 0; round < rounds; round++) {
    await rate('own', round, appendToOwn(engine, workMs))
    await rate('by hand', round, insertByHand(url, workMs))
    await rate('any', round, appendToAny(engine, events, workMs))
    await rate('condition', round, appendUnderCondition(engine, events, workMs))
  }
  await engine.close()
  const [bytes] = await administer<{ bytes: number }>('SELECT pg_database_size(current_database())::float8 AS bytes', [], url)
  await keep(size, 'bytes', 0, bytes?.bytes ?? 0)
  await keep(size, 'whole', 0, 1)
}

/** The table as Markdown: medians of the rounds. */
async function report(): Promise<void> {
  const rows = await administer<{ size: string; name: string; value: number }>(
    `SELECT size, name, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value FROM growth GROUP BY size, name`,
    [],
    url,
  )
  const at = (size: number, name: string): number =>
    rows.find((row) => Number(row.size) === size && row.name === name)?.value ?? Number.NaN
  const whole = sizes.filter((size) => at(size, 'whole') === 1)
  const count = (value: number): string => Math.round(value).toLocaleString('en-GB')
  const line = (title: string, cell: (size: number) => string): string => `| ${[title, ...whole.map(cell)].join(' | ')} |`
  console.log(line('events in the store', (size) => size.toLocaleString('en-GB')))
  console.log(`|---|${whole.map(() => '--:|').join('')}`)
  const rates: readonly [title: string, name: string][] = [
    ['append, 64 writers, a stream for each', 'own'],
    ['inserted by hand into an empty table of this shape', 'by hand'],
    ['append, 64 writers, any stream of the log', 'any'],
    ['read a boundary of two tags, append under it, 64 callers', 'condition'],
    [`read the last ${lastCount.toLocaleString('en-GB')} in order`, 'read'],
    ['a projection catches up with these', 'projection'],
    ['load streams of 100 from anywhere', 'load'],
  ]
  for (const [title, name] of rates) console.log(line(title, (size) => count(at(size, name))))
  console.log(line('append as a multiple of by hand', (size) => (at(size, 'own') / at(size, 'by hand')).toFixed(2)))
  console.log(line('size on disk, GB', (size) => (at(size, 'bytes') / 1e9).toFixed(1)))
}
