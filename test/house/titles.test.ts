/** Test titles are sentences about behaviour, and the numbered promises of the contracts are all tested. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertNone } from './assert-none.ts'
import { sourcesMatching } from './sources.ts'

interface Title {
  readonly path: string
  readonly title: string
}

const call = /^[ \t]*(?:await )?(?:test|it|t\.test|promise)\(\s*(?:'((?:[^'\\\n]|\\.)+)'|`([^`]+)`|"([^"\n]+)")/gm

const titles: readonly Title[] = sourcesMatching(/\.test\.ts$|^src\/testing\/.*\.ts$/).flatMap(({ path, text }) =>
  [...text.matchAll(call)].map(([, single, template, double]) => ({ path, title: single ?? template ?? double ?? '' })),
)

test('a test title is a sentence about behaviour', () => {
  const wrong = titles
    .filter(({ path }) => path.endsWith('.test.ts'))
    .filter(({ title }) => title.split(/\s+/).length < 3 || /^(should|tests?|works)\b|[.!:]$/i.test(title))
  assertNone(wrong.map(({ path, title }) => `${path}: '${title}'`))
})

test('two tests of one file have different titles', () => {
  const seen = new Set<string>()
  const wrong = titles.filter(({ path, title }) => {
    const key = `${path}: ${title}`
    return seen.has(key) || !seen.add(key)
  })
  assertNone(wrong.map(({ path, title }) => `${path}: '${title}'`))
})

/** `ES-1`, `VIEW-12`: a promise of a contract. */
const promise = /\b[A-Z]{2,8}-\d+[a-z]?\b/g

test('every numbered promise of a contract has a test, and every number in a title is promised', () => {
  const contracts = sourcesMatching(/^docs\/contracts\/.*\.md$/)
  assert.ok(contracts.length > 0, 'docs/contracts/ holds no contract')
  const promised = new Set(contracts.flatMap(({ text }) => text.match(promise) ?? []))
  const series = new Set([...promised].map((number) => number.split('-')[0]))
  const tested = new Set(
    titles
      .flatMap(({ title }) => /^[A-Z]{2,8}-\d+[a-z]?(?:, [A-Z]{2,8}-\d+[a-z]?)*/.exec(title)?.[0].match(promise) ?? [])
      .filter((number) => series.has(number.split('-')[0])),
  )
  const untested = [...promised].filter((number) => !tested.has(number))
  const unpromised = [...tested].filter((number) => !promised.has(number))
  assertNone([...untested.map((number) => `${number} has no test`), ...unpromised.map((number) => `${number} is not promised`)])
})
