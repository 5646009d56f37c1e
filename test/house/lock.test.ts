import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { assertNone } from './assert-none.ts'
import { root } from './sources.ts'

interface Entry {
  readonly dependencies?: Readonly<Record<string, string>>
  readonly optionalDependencies?: Readonly<Record<string, string>>
  readonly resolved?: string
}

const lock: { packages: Record<string, Entry> } = JSON.parse(readFileSync(resolve(root, 'package-lock.json'), 'utf8'))

test('the lock file names every package that another one needs, for every system', () => {
  const names = new Set(Object.keys(lock.packages).map((path) => path.replace(/^.*node_modules\//, '')))
  const missing = Object.entries(lock.packages).flatMap(([path, { dependencies, optionalDependencies }]) =>
    Object.keys({ ...dependencies, ...optionalDependencies })
      .filter((name) => !names.has(name))
      .map((name) => `${path || 'khata'} needs ${name}: run \`node scripts/complete-lock.ts\``),
  )
  assertNone(missing)
})

test('the lock file names no host to install from', () => {
  assertNone(Object.values(lock.packages).flatMap(({ resolved }) => (resolved?.includes('://') ? [resolved] : [])))
})
