import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { isKhataError } from './error.ts'
import { event } from './event.ts'
import { findForbiddenText, validate } from './validate.ts'

test('a value that fits comes back as its schema gives it', () => {
  assert.deepEqual(validate(z.object({ n: z.string().transform(Number), d: z.string().default('x') }), { n: '4' }), {
    value: { n: 4, d: 'x' },
  })
  assert.deepEqual(validate(event(z.object({ a: z.string() })), { a: 'b' }), { value: { a: 'b' } })
})

test('every wrong field is named with its path and a readable message', () => {
  const schema = z.strictObject({ id: z.string(), n: z.int().positive(), items: z.array(z.object({ quantity: z.number() })) })
  assert.deepEqual(validate(schema, { n: -1, items: [{}, { quantity: 'x' }], more: 1, most: 2 }), {
    errors: [
      { path: 'id', message: 'Required: expected string' },
      { path: 'n', message: 'Too small: expected number to be >0' },
      { path: 'items.0.quantity', message: 'Required: expected number' },
      { path: 'items.1.quantity', message: 'Invalid input: expected number, received string' },
      { path: 'more', message: 'Unknown field' },
      { path: 'most', message: 'Unknown field' },
    ],
  })
})

test('a wrong value as a whole has an empty path', () => {
  assert.deepEqual(validate(z.object({}), 'text'), {
    errors: [{ path: '', message: 'Invalid input: expected object, received string' }],
  })
  assert.deepEqual(validate(z.object({}), undefined), { errors: [{ path: '', message: 'Required: expected object' }] })
})

test('in a union the fields of the nearest option are named', () => {
  const schema = z.object({ by: z.union([z.object({ card: z.string() }), z.object({ bank: z.string(), iban: z.string() })]) })
  assert.deepEqual(validate(schema, { by: { card: 1 } }), {
    errors: [{ path: 'by.card', message: 'Invalid input: expected string, received number' }],
  })
  assert.deepEqual(validate(schema, { by: 1 }), { errors: [{ path: 'by', message: 'Invalid input' }] })
})

test('the keys of a record are named too', () => {
  const result = validate(z.object({ prices: z.record(z.string().regex(/^[A-Z]+$/), z.int()) }), { prices: { x: 1 } })
  assert.deepEqual(
    result.errors?.map(({ path }) => path),
    ['prices.x'],
  )
})

test('messages are words with zod/mini and keep what a schema says itself', () => {
  assert.deepEqual(validate(mini.object({ a: mini.string() }), { a: 1 }).errors, [
    { path: 'a', message: 'Invalid input: expected string, received number' },
  ])
  assert.deepEqual(validate(z.object({ a: z.string('Who?') }), {}).errors, [{ path: 'a', message: 'Who?' }])
})

test('an asynchronous check is a mistake in the definition', () => {
  assert.throws(
    () =>
      validate(
        z.string().refine(async () => true),
        'x',
      ),
    (error) => isKhataError(error, 'definition'),
  )
})

test('text that no store takes is found wherever it is', () => {
  assert.equal(findForbiddenText({ a: [1, { b: 'x\ud800' }] }), 'a.1.b')
  assert.equal(findForbiddenText({ a: '\udc00x' }), 'a')
  assert.equal(findForbiddenText({ a: { b: 'x\0y' } }), 'a.b')
  assert.equal(findForbiddenText({ a: { 'k\0': 1 } }), 'a.k\\u0000')
  assert.equal(findForbiddenText('\0'), '')
  assert.equal(findForbiddenText({ a: [0, Number.POSITIVE_INFINITY] }), 'a.1')
  assert.equal(findForbiddenText(Number.NaN), '')
})

test('everything else may be written, in any language', () => {
  assert.equal(findForbiddenText({ a: 'খাতা 😀 \n\t', b: [null, true, -0.5], c: undefined, d: {} }), null)
})
