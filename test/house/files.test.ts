/** How files are named, how long they are, and what must not stand in any of them. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNone } from './assert-none.ts'
import { isTestFile, repositoryPaths, sourcesMatching } from './sources.ts'

/** Files over 300 lines, each with the reason why it is one idea nevertheless. */
const longForAReason: Readonly<Record<string, string>> = {
  'src/runtime/app.ts': 'the contract of an app: declarations alone, read as one page',
}

const programs = sourcesMatching(/^(src|examples|scripts|bench|bin)\/.*\.(ts|js)$/).filter(({ path }) => !isTestFile(path))
const lines = (text: string) => text.trimEnd().split('\n').length

test('no file has more than 500 lines', () => {
  assertNone(programs.filter(({ text }) => lines(text) > 500).map(({ path, text }) => `${path}: ${lines(text)} lines`))
})

test('a file with more than 300 lines says why', () => {
  const long = programs.filter(({ text, path }) => lines(text) > 300 && !(path in longForAReason))
  assertNone(long.map(({ path, text }) => `${path}: ${lines(text)} lines`))
})

test('half of the files in src have fewer than 100 lines', () => {
  const lengths = programs
    .filter(({ path }) => path.startsWith('src/'))
    .map(({ text }) => lines(text))
    .sort((a, b) => a - b)
  const median = lengths[Math.floor(lengths.length / 2)] ?? 0
  assert.ok(median < 100, `the median is ${median} lines`)
})

test('a file is named after its idea', () => {
  const empty = new Set(['util', 'utils', 'helper', 'helpers', 'manager', 'common', 'misc', 'stuff', 'lib'])
  const wrong = repositoryPaths().filter((path) => path.split(/[/.-]/).some((word) => empty.has(word.toLowerCase())))
  assertNone(wrong)
})

test('files and folders are named in lower case with hyphens', () => {
  const capitals = /^(README|ARCHITECTURE|CHANGELOG|CONTRIBUTING|SECURITY)(\.\w+)?\.md$|^LICENSE$/
  const wrong = repositoryPaths().filter(
    (path) => !path.split('/').every((part) => /^[a-z0-9.-]+$/.test(part) || capitals.test(part)),
  )
  assertNone(wrong)
})

test('no file holds a note to self, a path of one machine or a registry', () => {
  // Put together from pieces, so that this file does not hold them either.
  const forbidden = [
    ['TO', 'DO'],
    ['FIX', 'ME'],
    ['HA', 'CK'],
    ['XX', 'X'],
  ].map((pieces) => `\\b${pieces.join('')}\\b`)
  const places = ['work', 'root', 'home/\\w+', 'Users/\\w+'].map((folder) => `(?<![\\w.}])/${folder}/`)
  const hosts = [
    ['registry', '\\.[\\w-]+\\.(?:com|org|net|io|dev)\\b'],
    ['npm', 'js\\.'],
    ['artifact', 'ory'],
  ].map((pieces) => `\\b${pieces.join('')}`)
  const pattern = new RegExp([...forbidden, ...places, ...hosts].join('|'))

  const wrong = sourcesMatching(/\.(ts|js|json|md|sql|sh|yml|yaml|html|css|svg)$|^\.ci\/|^\.npmrc$|^LICENSE$/).flatMap(
    ({ path, text }) =>
      text
        .split('\n')
        .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}: ${line.trim().slice(0, 100)}`] : [])),
  )
  assertNone(wrong)
})
