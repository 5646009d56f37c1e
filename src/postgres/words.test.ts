import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordsOf } from './words.ts'

test('words of any script are cut at a thousand bytes, behind a whole character', () => {
  const cases = [
    ['x'.repeat(3_000), 'x'.repeat(1_000)],
    ['আ'.repeat(1_000), 'আ'.repeat(333)],
    [`x${'é'.repeat(600)}`, `x${'e'.repeat(600)}`],
    [`xx${'𝒹'.repeat(600)}`, `xx${'𝒹'.repeat(249)}`],
    ['x'.repeat(1_000), 'x'.repeat(1_000)],
  ]
  for (const [typed = '', kept] of cases) assert.deepEqual(wordsOf(typed), [kept])
})
