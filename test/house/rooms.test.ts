/**
 * The rooms under `src` and what each may import. A room sees only rooms above it, so that a store or a server can be
 * replaced without touching the rules of a business.
 */
import { test } from 'node:test'
import { assertNone } from './assert-none.ts'
import { type Import, importsOf } from './imports.ts'
import { isTestFile, sourcesMatching, withoutComments } from './sources.ts'

/** For each room the others that it may import; `door` is the files directly under `src`. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  model: [],
  ports: ['model'],
  runtime: ['model', 'ports'],
  sqlite: ['model', 'ports'],
  postgres: ['model', 'ports'],
  door: ['model', 'ports', 'runtime', 'sqlite', 'postgres'],
  http: ['model', 'ports', 'runtime'],
  testing: ['model', 'ports', 'runtime', 'sqlite', 'postgres', 'http', 'door'],
  cli: ['model', 'ports', 'runtime', 'sqlite', 'postgres', 'http', 'testing', 'door'],
}

/** Rooms that bring a driver with them. */
const engines: readonly string[] = ['sqlite', 'postgres']

/** Packages and modules that only one room may know. */
const ownedBy: Readonly<Record<string, string>> = {
  'node:sqlite': 'sqlite',
  pg: 'postgres',
  postgres: 'postgres',
  'pg-cursor': 'postgres',
  'node:worker_threads': 'sqlite',
  'node:http': 'http',
  fastify: 'http',
  '@fastify/rate-limit': 'http',
  '@fastify/swagger-ui': 'http',
  commander: 'cli',
}

const roomOf = (path: string) => /^src\/([^/]+)\//.exec(path)?.[1] ?? 'door'
const sources = sourcesMatching(/^src\/.*\.ts$/).filter(({ path }) => !isTestFile(path))
const imports = sources.flatMap(importsOf)
const written = ({ from, to }: Import) => `${from} imports ${to}`

test('every room is in the list of rooms', () => {
  const rooms = new Set(sources.map(({ path }) => roomOf(path)))
  assertNone([...rooms].filter((room) => !(room in mayImport)).sort())
})

test('a room imports only from the rooms it may', () => {
  const wrong = imports.filter(({ from, to, isRelative }) => {
    if (!isRelative || to === 'src/node-version.ts') return false
    const room = roomOf(from)
    return roomOf(to) !== room && !mayImport[room]?.includes(roomOf(to))
  })
  assertNone(wrong.map(written))
})

test('what belongs to one room is imported by no other', () => {
  const wrong = imports.filter(({ from, to, isTypeOnly }) => {
    const owner = ownedBy[to]
    return owner !== undefined && owner !== roomOf(from) && !isTypeOnly
  })
  assertNone(wrong.map(written))
})

test('an engine is loaded only when a store asks for it', () => {
  const wrong = imports.filter(
    ({ from, to, isTypeOnly, isDynamic }) =>
      roomOf(from) === 'door' && engines.includes(roomOf(to)) && !isTypeOnly && !isDynamic,
  )
  assertNone(wrong.filter(({ isRelative }) => isRelative).map(written))
})

test('the model has no input or output, no clock and no randomness', () => {
  const impure =
    /\bDate\.now\b|\bnew Date\(\)|\bMath\.random\b|\bprocess\.(?:env|argv|exit|hrtime|nextTick|on|cwd)\b|\bcrypto\b|\bsetTimeout\b|\bsetInterval\b|\bfetch\(/
  const model = sources.filter(({ path }) => path.startsWith('src/model/'))
  assertNone(model.filter(({ text }) => impure.test(withoutComments(text))).map(({ path }) => path))
  const outside = imports.filter(
    ({ from, to, isRelative }) => from.startsWith('src/model/') && !isRelative && !to.startsWith('zod'),
  )
  assertNone(outside.map(written))
})

test('in the model only the checks and the walk over schemas import zod', () => {
  const wrong = imports.filter(
    ({ from, to, isTypeOnly }) =>
      from.startsWith('src/model/') &&
      to.startsWith('zod') &&
      !isTypeOnly &&
      !/\/(check|schema|json-schema|valid)[^/]*$/.test(from),
  )
  assertNone(wrong.map(written))
})

test('examples import only the public names', () => {
  const examples = sourcesMatching(/^examples\/.*\.ts$/).flatMap(importsOf)
  const wrong = examples.filter(
    ({ from, to, isRelative }) => isRelative && to.split('/').slice(0, 2).join('/') !== from.split('/').slice(0, 2).join('/'),
  )
  assertNone(wrong.map(written))
})

test('no two files need each other while they are evaluated', () => {
  const needs = Map.groupBy(
    imports.filter(({ isRelative, isTypeOnly, isDynamic }) => isRelative && !isTypeOnly && !isDynamic),
    ({ from }) => from,
  )
  const finished = new Set<string>()
  const circles: string[] = []
  const visit = (path: string, trail: readonly string[]) => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (finished.has(path) || trail.includes(path)) return
    for (const { to } of needs.get(path) ?? []) visit(to, [...trail, path])
    finished.add(path)
  }
  for (const { path } of sources) visit(path, [])
  assertNone(circles)
})
