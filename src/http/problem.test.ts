import assert from 'node:assert/strict'
import { test } from 'node:test'
import { KhataError, Rejected } from '../model/error.ts'
import { Problem, problemDocument, toProblem } from './problem.ts'
import { type ProblemCode, statuses } from './statuses.ts'

test('every code has a status of an error and a title of its own words', () => {
  for (const [code, { status, title }] of Object.entries(statuses)) {
    assert.ok(status >= 400 && status < 600, code)
    assert.ok(title.length > 10, code)
    const document = problemDocument(new Problem(code as ProblemCode, 'why'))
    assert.deepEqual(
      [document.type, document.status, document.code, document.detail],
      [`urn:khata:error:${code}`, status, code, 'why'],
    )
  }
})

test('an error whose inside is not for clients shows its title only', () => {
  const secret = 'postgres://user:secret@db'
  const shown = (error: unknown): string => JSON.stringify(problemDocument(toProblem(error)))
  assert.doesNotMatch(shown(new KhataError('store-unavailable', secret, { store: secret })), /secret/)
  assert.doesNotMatch(shown(new KhataError('handler-failed', secret, { handler: secret })), /secret/)
  assert.doesNotMatch(shown(new Error(secret)), /secret/)
  assert.doesNotMatch(shown(secret), /secret/)
  assert.doesNotMatch(shown(Object.assign(new Error(secret), { statusCode: 500 })), /secret/)
})

test('what is to be done again says when, in whole seconds and never 0', () => {
  const after = (retryAfterMs: number): string | undefined =>
    toProblem(new KhataError('overloaded', 'full', { retryAfterMs })).headers['retry-after']
  assert.deepEqual([after(0), after(1), after(1_000), after(1_001)], ['1', '1', '1', '2'])
  assert.equal(toProblem(new KhataError('store-full', 'full', { store: 's' })).headers['retry-after'], '1')
})

test('a rejection that was thrown is the same as one that was answered', () => {
  const document = problemDocument(toProblem(new Rejected('Withdraw', 'insufficient-funds', { balance: 3 })))
  assert.deepEqual(
    [document.status, document.code, document['rejected'], document['data']],
    [422, 'insufficient-funds', true, { balance: 3 }],
  )
})
