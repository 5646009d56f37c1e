import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readJson } from './json-body.ts'
import { Problem } from './problem.ts'

const read = (text: string): unknown => readJson(Buffer.from(text))

test('a field that cannot be kept is named by its path', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{"items":[{"name":"a"},{"name":"\\ud800"}]}', 'items.1.name'],
    ['{"a":{"b":[0,1e999]}}', 'a.b.1'],
    ['{"a":{"__proto__":1}}', 'a'],
    ['"\\u0000"', ''],
  ]
  for (const [text, path] of cases) {
    assert.throws(
      () => read(text),
      (error) => error instanceof Problem && (error.members['errors'] as { path: string }[])[0]?.path === path,
    )
  }
})

test('numbers are taken when they mean what was written', () => {
  for (const text of [
    '0',
    '-0',
    '0.1',
    '1e20',
    '100000000000000000000',
    '9007199254740992',
    '62825185826186250',
    '1e308',
    '5e-324',
  ]) {
    assert.equal(read(text), JSON.parse(text))
  }
  for (const text of ['9007199254740993', '-9007199254740993', '[{"a":12345678901234567890}]', '1e309']) {
    assert.throws(() => read(text), Problem)
  }
})

test('a number that would be altered is named by where it is', () => {
  const body = Buffer.from('{"a":[{"b":1},{"b":9007199254740993}],"c":9007199254740995}')
  assert.throws(() => readJson(body), /^Problem: a\.1\.b: is a whole number that a JSON number cannot carry exactly/)
})

test('any JSON that has nothing against it is read as JSON.parse reads it', () => {
  const value = fc.jsonValue({ maxDepth: 6, stringUnit: 'grapheme-composite' })
  fc.assert(
    fc.property(value, (given) => {
      const text = JSON.stringify(given)
      fc.pre(!text.includes('\\u0000') && !text.includes('__proto__'))
      assert.deepEqual(read(text), JSON.parse(text))
    }),
    { numRuns: 300 },
  )
})

test('any bytes are read or refused with a problem, never anything else', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array(),
        fc.string({ unit: 'binary' }).map((text) => Buffer.from(text)),
      ),
      (bytes) => {
        try {
          readJson(Buffer.from(bytes))
        } catch (error) {
          assert.ok(error instanceof Problem)
        }
      },
    ),
    { numRuns: 500 },
  )
})
