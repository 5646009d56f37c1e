import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { event } from './event.ts'
import { fieldTypeOf, jsonSchemaOf } from './json-schema.ts'

test('the JSON Schema of what a schema takes may differ from that of what it gives', () => {
  const schema = z.object({ a: z.string().default('x') })
  assert.equal(jsonSchemaOf(schema, 'input')['required'], undefined)
  assert.deepEqual(jsonSchemaOf(schema, 'output')['required'], ['a'])
})

test('of an event with a history it is that of the newest version', () => {
  const schema = event(z.object({ a: z.string() })).next(z.object({ b: z.int() }), () => ({ b: 1 }))
  assert.deepEqual(Object.keys(jsonSchemaOf(schema, 'output')['properties'] as object), ['b'])
})

test('what JSON Schema cannot say does not stop the rest', () => {
  const { properties } = jsonSchemaOf(mini.object({ at: mini.date(), n: mini.string() }), 'output')
  assert.deepEqual(properties, { at: {}, n: { type: 'string' } })
})

test('a field is indexed as what it holds under its wrappers', () => {
  const document = z.object({
    text: z.string().nullable().optional(),
    literal: z.literal(['x', null]),
    choice: z.enum(['a', 'b']).default('a'),
    number: z.coerce.number().readonly(),
    boolean: z.boolean().catch(false),
    piped: z.string().pipe(z.email()),
    same: z.union([z.literal('a'), z.string(), z.null()]),
    mixed: z.union([z.string(), z.number()]),
    list: z.array(z.string()),
    any: z.any(),
    nothing: z.null(),
  })
  const types = Object.keys(document.shape).map((field) => [field, fieldTypeOf(document, field)])
  assert.deepEqual(Object.fromEntries(types), {
    text: 'text',
    literal: 'text',
    choice: 'text',
    number: 'number',
    boolean: 'boolean',
    piped: 'text',
    same: 'text',
    mixed: null,
    list: null,
    any: null,
    nothing: null,
  })
  assert.equal(fieldTypeOf(document, 'missing'), null)
  assert.equal(fieldTypeOf(document, 'constructor'), null)
})

test('a field of a union or intersection of objects is found in each of them', () => {
  const either = z.discriminatedUnion('k', [z.object({ k: z.literal('a'), n: z.int() }), z.object({ k: z.literal('b') })])
  assert.equal(fieldTypeOf(either, 'k'), 'text')
  assert.equal(fieldTypeOf(either, 'n'), 'number')
  assert.equal(fieldTypeOf(z.intersection(either, z.object({ n: z.string() })), 'n'), null)
})
