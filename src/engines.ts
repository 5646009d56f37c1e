import { KhataError } from './model/error.ts'
import { withoutSecrets } from './model/without-secrets.ts'
import type { Engine, EngineOptions } from './ports/engine.ts'
import type { Examination, ExaminationOptions } from './ports/examination.ts'

/** How a store's engine is opened; all have defaults. */
export interface StoreOptions extends EngineOptions {
  /** PostgreSQL only: URL of the server itself, when the store's goes through a pooler. */
  readonly direct?: string
}

/**
 * Opens the engine that a store's URL names; its driver is loaded only now.
 * @throws KhataError `setting` when the URL names none; what opening it throws
 */
export async function openEngine(store: string, options: StoreOptions = {}): Promise<Engine> {
  const scheme = /^([a-z]+):/.exec(store)?.[1]
  const file = fileOf(store)
  if (file !== null) {
    const { openSqlite } = await import('./sqlite/index.ts')
    return openSqlite(file, options)
  }
  if (scheme === 'postgres' || scheme === 'postgresql') {
    const { openPostgres } = await loadPostgres()
    return openPostgres(store, options)
  }
  throw new KhataError(
    'setting',
    `The store '${withoutSecrets(store)}' is not known: use sqlite:path/to/file.db, sqlite::memory: or postgres://user@host/database.`,
    {
      setting: 'store',
    },
  )
}

/**
 * Examines what the engine of a store knows of itself, without changing anything; nothing in memory.
 * @throws KhataError `setting`, `store-unavailable`, `store-damaged`
 */
export async function examineStore(store: string, options: ExaminationOptions = {}): Promise<Examination> {
  if (/^postgres(ql)?:/.test(store)) {
    await loadPostgres()
    const { examine } = await import('./postgres/doctor.ts')
    return examine(store)
  }
  const file = fileOf(store)
  if (file === null || file === ':memory:') return { measures: [], findings: [] }
  const { examine } = await import('./sqlite/doctor.ts')
  return examine(file, options)
}

/** The path in a URL of SQLite; null in any other. */
function fileOf(store: string): string | null {
  return /^sqlite:(.+)$/.exec(store)?.[1]?.replace(/^\/\/(?=\/)/, '') ?? null
}

async function loadPostgres(): Promise<typeof import('./postgres/index.ts')> {
  try {
    return await import('./postgres/index.ts')
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause
    throw new KhataError('setting', 'A PostgreSQL store needs the package pg: npm install pg.', { setting: 'store' }, { cause })
  }
}
