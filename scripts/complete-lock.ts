/**
 * Adds to the lock file the optional packages of other systems that npm left out of it. npm does that when it cannot
 * see a package at the moment of `npm install`, and then refuses the lock file in `npm ci` on every machine.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'

interface Entry {
  readonly version?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly dev?: boolean
}

const path = resolve(import.meta.dirname, '../package-lock.json')
const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(path, 'utf8'))

const systems = ['android', 'darwin', 'freebsd', 'linux', 'openharmony', 'win32', 'wasm32']
const processors = ['arm64', 'arm', 'ia32', 'ppc64', 'riscv64', 's390x', 'x64']

/** What a package like `@scope/name-linux-arm64-musl` runs on, from its name. */
function platformOf(name: string) {
  const words = name.split(/[-/]/)
  const cpu = processors.filter((processor) => words.includes(processor))
  const os = systems.filter((system) => words.includes(system))
  const libc = words.includes('musl') ? { libc: ['musl'] } : words.includes('gnu') ? { libc: ['glibc'] } : {}
  return { ...libc, ...(cpu.length > 0 && { cpu }), ...(os.length > 0 && { os }) }
}

const missing: Record<string, object> = {}
for (const entry of Object.values(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const key = `node_modules/${name}`
    if (key in lock.packages || !/^\d/.test(version)) continue
    missing[key] = { version, ...(entry.dev && { dev: true }), optional: true, ...platformOf(name) }
  }
}
const sorted = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => (a < b ? -1 : 1))
writeFileSync(path, `${JSON.stringify({ ...lock, packages: Object.fromEntries(sorted) }, null, 2)}\n`)
console.log(`${Object.keys(missing).length} added`)
