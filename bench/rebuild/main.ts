/**
 * A rebuild of a view while commands and queries go on: how long, how much memory, how much slower the commands, and that
 * no query saw a half view or one older than before. Everything runs in one process, as `khata start` does.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type App, khata } from 'khata'
import type { Engine } from 'khata/ports'
import { openPostgres } from 'khata/postgres'
import { openSqlite } from 'khata/sqlite'
import { inNewDatabase } from '../postgres/database.ts'
import { account, logOf, paymentOf, payments, sides } from './business.ts'
import { type Latencies, type Load, memoryWatch, steady } from './load.ts'

const help = `node --conditions=khata-source bench/rebuild/main.ts [options]

  --store=sqlite|postgres   both, one after the other, by default
  --events=N                events in the log before the rebuild; 1000000
  --accounts=N              documents of the view; 100000
  --commands=N              commands a second beside it; 100
  --queries=N               queries a second beside it; 50
  --seconds=N               how long commands and queries run alone before; 10
  --directory=PATH          where the SQLite file is made; the system's for temporary files
  --json                    for machines

PostgreSQL is the one on this machine, or KHATA_BENCH_POSTGRES; it needs \`npm ci\` in bench/postgres.
It measures, and fails when a query was answered from a half view or an older one.`

const { values: given } = parseArgs({
  options: {
    help: { type: 'boolean', default: false },
    store: { type: 'string' },
    events: { type: 'string', default: '1000000' },
    accounts: { type: 'string', default: '100000' },
    commands: { type: 'string', default: '100' },
    queries: { type: 'string', default: '50' },
    seconds: { type: 'string', default: '10' },
    directory: { type: 'string', default: tmpdir() },
    json: { type: 'boolean', default: false },
  },
})
if (given.help) {
  console.log(help)
  process.exit(0)
}
const events = Number(given.events)
const accounts = Number(given.accounts)
const seconds = Number(given.seconds)

type Bench = App<{ part: typeof account | typeof payments }>

/** How often a rebuild is looked at, as the command line does. */
const lookMs = 200

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function fill(engine: Engine): Promise<void> {
  const event = logOf(accounts)
  for (let done = 0; done < events; done += 1_000) {
    await engine.importLog(Array.from({ length: Math.min(1_000, events - done) }, (_, i) => event(done + i)))
  }
}

/** Asks both sides in one query and holds the answer against what must be so. */
function asking(app: Bench, faults: string[], since: { receipt: number }) {
  let newest = 0
  return async (): Promise<void> => {
    const { receipt } = since
    const atLeast = Math.max(newest, receipt)
    const { items } = await app.views.payments.find({ where: { kind: 'side' }, after: receipt, waitMs: 60_000 })
    const [one, other] = items.map(({ document }) => document)
    if (items.length !== sides.length || !one || !other) {
      faults.push(`${items.length} sides were found`)
      return
    }
    if (one.sum + other.sum !== 0) faults.push(`the sides are ${one.sum} and ${other.sum}`)
    if (one.count !== other.count) faults.push(`the sides count ${one.count} and ${other.count} events`)
    if (one.count < atLeast) faults.push(`the view is at ${one.count}, and was at ${atLeast} before`)
    newest = Math.max(newest, one.count)
  }
}

interface Report {
  readonly store: string
  readonly firstBuildMs: number
  readonly rebuildMs: number
  readonly rebuiltEvents: number
  readonly eventsPerSecond: number
  readonly memoryBefore: object
  readonly memoryDuring: object
  readonly commands: { readonly before: Latencies; readonly during: Latencies }
  readonly queries: { readonly before: Latencies; readonly during: Latencies; readonly faults: readonly string[] }
  readonly differences: readonly string[]
}

async function built(app: Bench): Promise<void> {
  for (;;) {
    const { state, position, error } = await app.projections.status('payments')
    if (error) throw new Error(error)
    if (state === 'live' && position >= events) return
    progress(`${position} events`)
    await pause(lookMs)
  }
}

async function rebuilt(app: Bench): Promise<void> {
  const { generation } = await app.projections.rebuild('payments')
  for (;;) {
    await pause(lookMs)
    const status = await app.projections.status('payments')
    if (status.rebuild === null || status.rebuild.generation !== generation || status.rebuild.state === 'live') return
    if (status.rebuild.error) throw new Error(status.rebuild.error)
    progress(`${Math.round(status.rebuild.progress * 100)} %, ${status.rebuild.eventsPerSecond} events/s`)
  }
}

let shown = 0
function progress(what: string): void {
  if (performance.now() - shown < 1_000) return
  shown = performance.now()
  process.stderr.write(`  ${what}\n`)
}

async function measure(store: string, open: () => Promise<Engine>): Promise<Report> {
  process.stderr.write(`${store}: filling the log\n`)
  const engine = await open()
  await fill(engine)
  let started = performance.now()
  const app: Bench = await khata({ store: engine, use: [account, payments] })
  await built(app)
  const firstBuildMs = performance.now() - started
  const loads: Load[] = []
  try {
    const faults: string[] = []
    const since = { receipt: 0 }
    const commands = steady(Number(given.commands), async (turn) => {
      const { position } = await app.execute('Pay', paymentOf(events + turn, accounts))
      since.receipt = Math.max(since.receipt, position)
    })
    const queries = steady(Number(given.queries), asking(app, faults, since))
    loads.push(commands, queries)
    const memory = memoryWatch()
    await pause(seconds * 1_000)
    const before = { commands: commands.take(), queries: queries.take(), memory: memory.take() }
    process.stderr.write(`${store}: rebuilding\n`)
    started = performance.now()
    await rebuilt(app)
    const rebuildMs = performance.now() - started
    const during = { commands: commands.take(), queries: queries.take(), memory: memory.take() }
    await pause(2_000)
    await Promise.all(loads.map((load) => load.stop()))
    const { position: rebuiltEvents } = await app.events.head()
    const differences = await app.projections.verify('payments')
    return {
      store,
      firstBuildMs,
      rebuildMs,
      rebuiltEvents,
      eventsPerSecond: (rebuiltEvents / rebuildMs) * 1_000,
      memoryBefore: before.memory,
      memoryDuring: during.memory,
      commands: { before: before.commands, during: during.commands },
      queries: { before: before.queries, during: during.queries, faults },
      differences,
    }
  } finally {
    await Promise.all(loads.map((load) => load.stop()))
    await app.close()
    await engine.close()
  }
}

function lines(report: Report): readonly string[] {
  const ms = ({ count, median, p99, longest }: Latencies): string =>
    `${count}, median ${median.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms, longest ${longest.toFixed(0)} ms`
  const rate = (time: number): string => `${Math.round((report.rebuiltEvents / time) * 1_000).toLocaleString('en')} events/s`
  const { commands, queries } = report
  return [
    `${report.store}: ${report.rebuiltEvents.toLocaleString('en')} events, ${accounts.toLocaleString('en')} documents`,
    `  first build, nothing beside it   ${(report.firstBuildMs / 1_000).toFixed(1)} s, ${rate(report.firstBuildMs)}`,
    `  rebuild beside the load          ${(report.rebuildMs / 1_000).toFixed(1)} s, ${rate(report.rebuildMs)}`,
    `  memory before                    ${JSON.stringify(report.memoryBefore)}`,
    `  memory during                    ${JSON.stringify(report.memoryDuring)}`,
    `  commands before                  ${ms(commands.before)}`,
    `  commands during                  ${ms(commands.during)}`,
    `  queries before                   ${ms(queries.before)}`,
    `  queries during                   ${ms(queries.during)}`,
    `  half or older views seen         ${queries.faults.length === 0 ? 'none' : queries.faults.slice(0, 5).join('; ')}`,
    `  differences from a fresh fold    ${report.differences.length === 0 ? 'none' : report.differences.slice(0, 5).join('; ')}`,
  ]
}

async function onSqlite(): Promise<Report> {
  const directory = mkdtempSync(join(given.directory, 'khata-rebuild-'))
  try {
    return await measure('sqlite', () => openSqlite(join(directory, 'store.db')))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

const onPostgres = (): Promise<Report> => inNewDatabase((url) => measure('postgres', () => openPostgres(url)))

const reports: Report[] = []
for (const [store, run] of Object.entries({ sqlite: onSqlite, postgres: onPostgres })) {
  if (given.store !== undefined && given.store !== store) continue
  const report = await run()
  reports.push(report)
  if (!given.json) console.log(lines(report).join('\n'))
}
if (given.json) console.log(JSON.stringify({ node: process.version, events, accounts, reports }, null, 2))
const wrong = reports.some(({ queries, differences }) => queries.faults.length + differences.length > 0)
process.exit(wrong || reports.length === 0 ? 1 : 0)
