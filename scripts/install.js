/**
 * Installs what a folder's lock file names when that is not what is there. Plain JavaScript without dependencies,
 * because it runs before anything is installed, on whatever Node the machine has (20 or later).
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/**
 * Whether `node_modules` holds what the lock file names. npm writes its hidden lock file last, so an install that was
 * stopped half-way does not look complete.
 * @param {string} folder
 */
function isInstalled(folder) {
  const hidden = join(folder, 'node_modules/.package-lock.json')
  if (!existsSync(hidden)) return false
  const wanted = JSON.parse(readFileSync(join(folder, 'package-lock.json'), 'utf8')).packages
  const found = JSON.parse(readFileSync(hidden, 'utf8')).packages
  return Object.entries(wanted).every(
    ([path, entry]) =>
      !path.startsWith('node_modules/') || entry.optional || entry.devOptional || entry.peer || isSame(entry, found[path]),
  )
}

/** @param {{ version?: string, link?: boolean }} wanted @param {{ version?: string, link?: boolean } | undefined} found */
function isSame(wanted, found) {
  return found !== undefined && wanted.version === found.version && wanted.link === found.link
}

/** The environment without `node_modules/.bin` in the path: npm must not run on a Node that it is about to replace. */
function outsideEnvironment() {
  const path = (process.env.PATH ?? '')
    .split(delimiter)
    .filter((entry) => !entry.includes('node_modules'))
    .join(delimiter)
  return { ...process.env, PATH: path }
}

/**
 * Runs `npm ci` in a folder when it is needed, and ends the process when that fails.
 * @param {string} folder
 * @param {string} what for the message
 */
export function installIn(folder, what) {
  if (isInstalled(folder)) return
  process.stderr.write(`Installing ${what} (once; about a minute) …\n`)
  const { status, error } = spawnSync('npm', ['ci', '--loglevel=error', '--no-audit', '--no-fund'], {
    cwd: folder,
    env: outsideEnvironment(),
    stdio: ['ignore', 'inherit', 'inherit'],
    shell: process.platform === 'win32',
  })
  if (status === 0) return
  process.stderr.write(`Could not install ${what}: ${error ? error.message : `npm ci ended with code ${status}`}\n`)
  process.exit(1)
}
