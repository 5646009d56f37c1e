import { openEngine, type StoreOptions } from '../engines.ts'
import { anyApp, khata } from '../khata.ts'
import { KhataError } from '../model/error.ts'
import type { Engine, TablesOption } from '../ports/engine.ts'
import type { AnyApp } from '../runtime/app.ts'
import { checkWhole } from '../runtime/whole-log.ts'
import { type GlobalOptions, readSettings, type Settings } from './settings.ts'

/** What a command needs of its app. */
export interface Needs {
  /** Whether it works only with the parts of a business, from a config file. */
  readonly parts?: boolean
  /** Whether it feeds views; `if-nobody-else`: it must see them, and feeds what no other process feeds. */
  readonly views?: boolean | 'if-nobody-else'
  /** Whether it runs reactors, processes and schedules: only a server does, so that no command sends mail by the way. */
  readonly reactions?: boolean
  /** What it may do to the store's tables. Default `keep`: it only looks. */
  readonly tables?: TablesOption
  /** Whether it takes a store into which a log was imported or copied in part. */
  readonly partial?: boolean
}

/**
 * Opens the app that the options, the environment and the config file name.
 * @throws KhataError `setting` when one is missing or wrong, and what opening the store throws
 */
export async function openApp(options: GlobalOptions, needs: Needs = {}): Promise<AnyApp> {
  return openFrom(await readSettings(options, process.env), needs)
}

/** As `openApp`, from settings that were read before. */
export async function openFrom(settings: Settings, needs: Needs): Promise<AnyApp> {
  if (needs.parts && settings.file === null) {
    throw new KhataError(
      'setting',
      'There is no khata.config.ts here. Run this where one is, name one with --config FILE, or make one: ' +
        "import { defineConfig } from 'khata/config'; export default defineConfig({ use: [ … ] })",
      { setting: 'config' },
    )
  }
  const { use, authorize } = settings
  const store = await openEngine(storeOf(settings), { ...optionsOf(settings), tables: needs.tables ?? 'keep' })
  try {
    const options = {
      store,
      ...(authorize && { authorize }),
      runProjections: needs.views ?? false,
      runReactions: needs.reactions ?? false,
    }
    return anyApp(await khata({ ...options, use }))
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Opens only the store: for what concerns the log and no business. */
export async function openStore(options: GlobalOptions, needs: Needs = {}): Promise<Engine> {
  const settings = await readSettings(options, process.env)
  return openWhole(storeOf(settings), optionsOf(settings), needs)
}

/**
 * Opens a store by its URL alone, for a command that names several.
 * @throws KhataError as `openApp`
 */
export function openNamed(store: string, needs: Needs = {}): Promise<Engine> {
  return openWhole(store, {}, needs)
}

async function openWhole(store: string, options: StoreOptions, { partial, tables = 'keep' }: Needs): Promise<Engine> {
  const engine = await openEngine(store, { ...options, tables })
  if (partial) return engine
  try {
    await checkWhole(engine)
    return engine
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** How the store is reached, beside its URL. */
export function optionsOf({ store, direct }: Settings): StoreOptions {
  if (direct === null) return {}
  if (/^postgres(ql)?:/.test(store ?? '')) return { direct }
  throw new KhataError('setting', 'KHATA_STORE_DIRECT is for a store in PostgreSQL only.', { setting: 'KHATA_STORE_DIRECT' })
}

/** The URL of the store that the settings name. */
export function storeOf({ store }: Settings): string {
  if (store === null) {
    throw new KhataError(
      'setting',
      'No store is named: give --store sqlite:path/to/file.db, set KHATA_STORE, or run this where a khata.config.ts is.',
      { setting: 'store' },
    )
  }
  return store
}
