import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeFailure, messageOf } from './message-of.ts'

test('an error is told with its cause, and its stack with that of its cause', () => {
  const { error, stack } = describeFailure(new Error('no mail', { cause: new Error('server down') }))
  assert.equal(error, 'no mail server down')
  assert.match(stack ?? '', /^Error: no mail\n[\s\S]+\ncaused by Error: server down\n/)
  assert.deepEqual(describeFailure('text'), { error: 'text', stack: null })
})

test('whatever is thrown can be told', () => {
  const throwing = {
    get [Symbol.toStringTag](): string {
      throw new Error('no name')
    },
  }
  const nameless = Object.defineProperty(new Error('x'), 'cause', { get: () => throwing[Symbol.toStringTag] })
  for (const thrown of [null, 5n, Symbol('s'), () => 1, { code: 7 }, Object.create(null), throwing, nameless])
    assert.notEqual(messageOf(thrown), '')
  assert.equal(messageOf({ code: 7 }), '{ code: 7 }')
})

test('what is told of an error can be stored, also where it was cut off', () => {
  const { error, stack } = describeFailure(new Error(`a\0${'\u{1F600}'.repeat(5_000)}`))
  for (const text of [error, stack ?? '']) assert.ok(text.isWellFormed() && !text.includes('\0'))
  assert.equal(error.length, 1_000)
})
