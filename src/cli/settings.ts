import { existsSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { KhataError } from '../model/error.ts'
import type { Part } from '../model/part.ts'
import type { Config } from './config.ts'

type AnyConfig = Config<readonly Part[]>

/** The settings of one run: options of the command line over environment variables over the config file. */
export interface Settings extends Omit<AnyConfig, 'store'> {
  /** The config file, null without one. */
  readonly file: string | null
  /** Null when nobody named one. */
  readonly store: string | null
  /** URL of a PostgreSQL server itself, when the store's goes through a pooler; null when nobody named one. */
  readonly direct: string | null
  /** What this process does; all roles when left out. */
  readonly roles: readonly Role[]
}

/** The options that every command has. */
export interface GlobalOptions {
  readonly store?: string
  readonly config?: string
  readonly json?: boolean
}

const fileNames = ['khata.config.ts', 'khata.config.mts', 'khata.config.js', 'khata.config.mjs']
const roles = ['api', 'projections', 'reactors'] as const
/** Something that a process can do. */
export type Role = (typeof roles)[number]

const fields: Readonly<Record<keyof AnyConfig, (value: unknown) => boolean>> = {
  use: Array.isArray,
  store: (value) => typeof value === 'string' && value !== '',
  port: isPort,
  host: (value) => typeof value === 'string' && value !== '',
  authorize: isFunction,
  authenticate: isFunction,
  services: isFunction,
  routes: isFunction,
  sample: isFunction,
  guide: isFunction,
}

/**
 * Reads the settings of this run.
 * @throws KhataError `setting` in one line, for anything unknown or wrong
 */
export async function readSettings(options: GlobalOptions, environment: NodeJS.ProcessEnv): Promise<Settings> {
  const file = findConfig(options.config)
  const config = file ? await loadConfig(file) : { use: [] }
  const ours = readEnvironment(environment)
  const store = options.store ?? ours.store ?? (file && storeBeside(file, config.store ?? 'sqlite:data/khata.db'))
  return { ...config, ...(ours.port !== null && { port: ours.port }), file, store, direct: ours.direct, roles: ours.roles }
}

function findConfig(given: string | undefined): string | null {
  if (given === undefined) return fileNames.map((name) => resolve(name)).find(existsSync) ?? null
  const file = resolve(given)
  if (!existsSync(file)) throw wrong('config', `There is no config file ${given}.`)
  return file
}

async function loadConfig(file: string): Promise<AnyConfig> {
  const name = relative(process.cwd(), file)
  let loaded: { readonly default?: unknown }
  try {
    loaded = await import(pathToFileURL(file).href)
  } catch (error) {
    throw wrong('config', `${name} cannot be loaded: ${error instanceof Error ? error.message : error}`, error)
  }
  const config = loaded.default
  if (typeof config !== 'object' || config === null) {
    throw wrong('config', `${name} must export its settings: export default defineConfig({ use: [ … ] }).`)
  }
  for (const [field, value] of Object.entries(config)) {
    const check = Object.hasOwn(fields, field) ? fields[field as keyof AnyConfig] : undefined
    if (!check) throw wrong(field, `${name}: there is no setting '${field}'. Settings: ${Object.keys(fields).join(', ')}.`)
    if (value !== undefined && !check(value)) throw wrong(field, `${name}: the setting '${field}' is wrong.`)
  }
  if (!('use' in config)) throw wrong('use', `${name}: the setting 'use' is missing: the parts of the business.`)
  return config as AnyConfig
}

/** A store's path in a config file is relative to that file, whatever folder the command runs in. */
function storeBeside(file: string, store: string): string {
  const path = /^sqlite:(?!:memory:$|\/)(.+)$/.exec(store)?.[1]
  return path === undefined ? store : `sqlite:${relative(process.cwd(), resolve(dirname(file), path))}`
}

function readEnvironment(environment: NodeJS.ProcessEnv) {
  const known = ['KHATA_STORE', 'KHATA_STORE_DIRECT', 'KHATA_ROLES']
  // What begins with KHATA_TEST_ is for tests, which run this command line too.
  const isUnknown = (name: string) => /^KHATA_(?!TEST_)/.test(name) && !known.includes(name)
  const unknown = Object.keys(environment).find(isUnknown)
  if (unknown) throw wrong(unknown, `There is no setting ${unknown}. Settings: PORT, ${known.join(', ')}.`)
  const { PORT, KHATA_STORE, KHATA_STORE_DIRECT, KHATA_ROLES } = environment
  const port = PORT === undefined || PORT === '' ? null : Number(PORT)
  if (port !== null && !isPort(port)) throw wrong('PORT', `PORT must be a whole number from 0 to 65535, not '${PORT}'.`)
  return { port, store: KHATA_STORE || null, direct: KHATA_STORE_DIRECT || null, roles: rolesOf(KHATA_ROLES, 'KHATA_ROLES') }
}

/**
 * The roles of a list with commas, which a setting or an option gave; all when there is none.
 * @throws KhataError `setting` for one that there is not
 */
export function rolesOf(text: string | undefined, setting: string): readonly Role[] {
  if (!text) return roles
  const named = text.split(',').map((role) => role.trim())
  const unknown = named.find((role) => !roles.includes(role as Role))
  if (unknown === undefined) return named as Role[]
  throw wrong(setting, `${setting}: there is no role '${unknown}'. Roles: ${roles.join(', ')}.`)
}

function isPort(value: unknown): boolean {
  return Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 65_535
}

function isFunction(value: unknown): boolean {
  return typeof value === 'function'
}

function wrong(setting: string, message: string, cause?: unknown): KhataError<'setting'> {
  return new KhataError('setting', message, { setting }, { cause })
}
