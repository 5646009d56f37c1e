/**
 * Whether a store on PostgreSQL gets slower as it grows. It fills one, and on the way measures it when it is at 1, 2, 5 and
 * 10 million events, in turn with one that stays at a million, because the machine is not as fast each time; called again, it
 * goes on where it was.
 *
 *     cd bench/postgres && npm ci && node --conditions=khata-source growth/main.ts [--events=10000000]
 *       [--from=1000000] [--only=fill | --only=measure] [--seconds=SECONDS] [--drop]
 *
 * `--from` leaves out smaller sizes, `--seconds` ends the filling, `--only` makes the next step only of one kind, and `--drop` removes the stores.
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
const least = Number(option('from') ?? 0)
const sizes = [1_000_000, 2_000_000, 5_000_000, 10_000_000].filter((size) => size >= least && size <= goal)

/** The last events, which a projection is behind. */
const lastCount = 500_000
/** The last events, which are read in each round. */
const readCount = 150_000
const rounds = 3
const workMs = 1_500
/** Events that are drawn from anywhere in a store, for their streams and tags. */
const drawnCount = 2_000
const smallSize = 1_000_000
const [database, smallDatabase] = ['khata_bench_growth', 'khata_bench_growth_small']

if (process.argv.includes('--drop')) {
  for (const there of [await named(database), await named(smallDatabase)]) if (there) await dropDatabase(there)
  process.exit(0)
}

const url = (await named(database)) ?? (await createDatabase(database))
const small = (await named(smallDatabase)) ?? (await createDatabase(smallDatabase))
await administer(
  'CREATE TABLE IF NOT EXISTS growth (size bigint, name text, round integer, value float8, PRIMARY KEY (size, name, round))',
  [],
  url,
)

for (const size of sizes) {
  if (await kept(size, 'whole')) continue
  if (only !== 'measure' && !(await fill(size))) break
  if (only === 'fill') break
  if ((await headOf(url)) < size) break
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

async function headOf(store: string): Promise<number> {
  await using engine = await openPostgres(store)
  return (await engine.events.head()).position
}

async function keep(size: number, name: string, round: number, value: number): Promise<void> {
  const text = 'INSERT INTO growth VALUES ($1, $2, $3, $4) ON CONFLICT (size, name, round) DO UPDATE SET value = excluded.value'
  await administer(text, [size, name, round, value], url)
}

/** Fills up to a size, with the projection that many events behind that it is to catch up with. */
async function fill(size: number): Promise<boolean> {
  const upTo = async (length: number, store = url): Promise<number> => {
    await using engine = await openPostgres(store)
    const head = await fillTo(engine, length, end)
    console.log(`${head.toLocaleString('en-GB')} events`)
    return head
  }
  if ((await upTo(smallSize, small)) < smallSize) return false
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
  const stores = { large: url, small }
  for (const [name, store] of Object.entries(stores)) {
    await administer('CHECKPOINT', [], store)
    // A measurement that was cut short has caught up already.
    if (await kept(size, `projection ${name}`)) continue
    const engine = await openPostgres(store)
    const { position } = await engine.events.head()
    const behind = store === url ? position - ((await kept(size, 'projected')) ?? 0) : position
    const start = performance.now()
    await project(engine, store === url ? 'totals' : `totals-${size}`)
    await rate(`projection ${name}`, 0, { operations: behind, ms: performance.now() - start })
  }
  const open = { large: await openPostgres(url), small: await openPostgres(small) }
  const events = { large: await drawn(open.large, drawnCount), small: await drawn(open.small, drawnCount) }
  for (let round = 0; round < rounds; round++) {
    for (const name of ['large', 'small'] as const) {
      await rate(`read ${name}`, round, readLast(open[name], readCount))
      await rate(`load ${name}`, round, loadStreams(open[name], events[name], workMs))
      await rate(`own ${name}`, round, appendToOwn(open[name], workMs))
      await rate(`any ${name}`, round, appendToAny(open[name], events[name], workMs))
      await rate(`condition ${name}`, round, appendUnderCondition(open[name], events[name], workMs))
    }
    await rate('by hand', round, insertByHand(url, workMs))
  }
  await open.large.close()
  await open.small.close()
  const [bytes] = await administer<{ bytes: number }>('SELECT pg_database_size(current_database())::float8 AS bytes', [], url)
  await keep(size, 'bytes', 0, bytes?.bytes ?? 0)
  await keep(size, 'whole', 0, 1)
}

/** The table as Markdown: medians of the rounds, with what they are of the small store's in the same round. */
async function report(): Promise<void> {
  const rows = await administer<{ size: string; name: string; round: number; value: number }>('SELECT * FROM growth', [], url)
  const all = (size: number, name: string): readonly number[] =>
    rows
      .filter((row) => Number(row.size) === size && row.name === name)
      .sort((a, b) => a.round - b.round)
      .map(({ value }) => value)
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN
  const ratio = (size: number, of: string, to: string): string =>
    median(all(size, of).map((value, round) => value / (all(size, to)[round] ?? Number.NaN))).toFixed(2)
  const whole = sizes.filter((size) => all(size, 'whole').length > 0)
  const count = (value: number): string => Math.round(value).toLocaleString('en-GB')
  const line = (title: string, cell: (size: number) => string): string => `| ${[title, ...whole.map(cell)].join(' | ')} |`
  console.log(line('events in the store', (size) => size.toLocaleString('en-GB')))
  console.log(`|---|${whole.map(() => '--:|').join('')}`)
  const rates: readonly [title: string, name: string][] = [
    ['append, 64 writers, a stream for each', 'own'],
    ['append, 64 writers, any stream of the log', 'any'],
    ['read a boundary of two tags, append under it, 64 callers', 'condition'],
    ['read the end of the log in order', 'read'],
    ['a projection catches up', 'projection'],
    ['load streams of 100 from anywhere', 'load'],
  ]
  for (const [title, name] of rates) {
    const cell = (size: number): string => {
      const rate = count(median(all(size, `${name} large`)))
      return all(size, `${name} small`).length > 0 ? `${rate} (${ratio(size, `${name} large`, `${name} small`)})` : rate
    }
    console.log(line(title, cell))
  }
  console.log(line('append as a multiple of inserts by hand', (size) => ratio(size, 'own large', 'by hand')))
  console.log(line('size on disk, GB', (size) => (median(all(size, 'bytes')) / 1e9).toFixed(1)))
}
