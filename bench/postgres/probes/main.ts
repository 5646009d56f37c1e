/**
 * What is broken elsewhere, looked for in Khata, emmett and a log written by hand, side by side:
 *
 *     cd bench && npm ci; cd postgres && npm ci && node --conditions=khata-source probes/main.ts [--seconds=SECONDS] [--only=WORD]
 *
 * A probe finds a fault or does not; that it found none proves nothing. The exit code is 1 when Khata has one.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inNewDatabase } from '../database.ts'
import { boundaryWinners, neighbours, refusal, winners } from './deciding.ts'
import { following, held } from './following.ts'
import type { Finding, OpenProbed } from './store.ts'
import { byHand } from './stores/by-hand.ts'
import { countingEmmettOnPostgres, emmettOnPostgres } from './stores/emmett-postgresql.ts'
import { countingEmmettOnSqlite } from './stores/emmett-sqlite.ts'
import { countingKhataOnPostgres, countingKhataOnSqlite, khataOnPostgres } from './stores/khata.ts'

const option = (name: string): string | undefined =>
  process.argv.find((flag) => flag.startsWith(`--${name}=`))?.slice(name.length + 3)
const ms = Number(option('seconds') ?? 5) * 1_000
const only = option('only') ?? ''

type Probe = (open: OpenProbed, place: string) => Promise<readonly Finding[]>

interface Row {
  /** What is looked for; several things may be found by one probe. */
  readonly names: readonly string[]
  readonly stores: { readonly [name: string]: OpenProbed }
  readonly probe: Probe
}

const postgres = { Khata: khataOnPostgres, emmett: emmettOnPostgres, 'by hand': byHand }
const countingPostgres = { Khata: countingKhataOnPostgres, emmett: countingEmmettOnPostgres }
const sqlite = { Khata: countingKhataOnSqlite, emmett: countingEmmettOnSqlite }

const rows: readonly Row[] = [
  {
    names: ['a consumer behind 64 writers', 'a catch-up on the log when they rest'],
    stores: postgres,
    probe: (open, url) => following(open, url, ms),
  },
  {
    names: ['a consumer beside a transaction in another database'],
    stores: postgres,
    probe: async (open, url) => [await held(open, url, 5_000)],
  },
  { names: ['appends at one expected version'], stores: postgres, probe: async (open, url) => [await winners(open, url)] },
  {
    names: ['appends under one condition on a tag'],
    stores: { Khata: khataOnPostgres },
    probe: async (_, url) => [await boundaryWinners(url)],
  },
  { names: ['a refused append'], stores: countingPostgres, probe: async (open, url) => [await refusal(open, url)] },
  {
    names: ['appends beside refused ones'],
    stores: countingPostgres,
    probe: async (open, url) => [await neighbours(open, url)],
  },
  { names: ['a refused append, SQLite'], stores: sqlite, probe: async (open, file) => [await refusal(open, file)] },
  {
    names: ['appends beside refused ones, SQLite'],
    stores: sqlite,
    probe: async (open, file) => [await neighbours(open, file)],
  },
]

async function inNewFile<T>(work: (file: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), 'khata-probe-'))
  try {
    return await work(join(directory, 'store.db'))
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

// emmett prints every append that it refuses.
console.error = () => {}

const columns = ['Khata', 'emmett', 'by hand']
console.log(`| probe | ${columns.join(' | ')} |\n|---|---|---|---|`)
let khataFails = false
for (const { names, stores, probe } of rows) {
  if (!names.some((name) => name.includes(only))) continue
  const place = stores === sqlite ? inNewFile : inNewDatabase
  const found = new Map<string, readonly Finding[]>()
  for (const [name, open] of Object.entries(stores)) found.set(name, await place((where) => probe(open, where)))
  khataFails ||= found.get('Khata')?.some(({ good }) => !good) ?? false
  for (const [index, name] of names.entries()) {
    const cells = columns.map((column) => {
      const finding = found.get(column)?.[index]
      return finding ? `${finding.good ? '' : '**fault**: '}${finding.text}` : '–'
    })
    console.log(`| ${name} | ${cells.join(' | ')} |`)
  }
}
process.exit(khataFails ? 1 : 0)
