import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import * as mini from 'zod/mini'
import { checkStored } from './check-stored.ts'
import { isKhataError } from './error.ts'
import type { Schema } from './schema.ts'

const check = (schema: unknown): void => checkStored("aggregate 'a'", "event 'E'", schema)

test('schemas whose values JSON carries and gives back are accepted', () => {
  const tree: z.ZodType = z.object({
    get children() {
      return z.array(tree)
    },
  })
  const carried: readonly Schema[] = [
    z.object({ a: z.string().min(1), b: z.int().positive(), c: z.boolean().optional(), d: z.null() }),
    z.strictObject({ a: z.email() }).readonly(),
    z.looseObject({}),
    z.object({ a: z.string().default('x'), b: z.string().prefault('x'), c: z.string().catch('x'), d: z.string().brand('D') }),
    z.union([z.string(), z.number().nullable()]),
    z.discriminatedUnion('k', [z.object({ k: z.literal('a') }), z.object({ k: z.literal(['b', null]) })]),
    z.record(z.string(), z.array(z.tuple([z.string(), z.number()]))),
    z.intersection(z.object({ a: z.string() }), z.object({ b: z.enum(['x', 'y']) })),
    z.templateLiteral(['a-', z.number()]),
    z.coerce.number(),
    z.string().trim().toLowerCase(),
    z.string().pipe(z.uuid()),
    z.string().refine((text) => text !== 'x'),
    z.any(),
    z.unknown(),
    z.custom<`${number}px`>(),
    z.json(),
    z.iso.datetime(),
    tree,
    mini.object({ a: mini.optional(mini.string()), b: mini._default(mini.int(), 1) }),
  ]
  for (const schema of carried) check(schema)
})

test('schemas whose values JSON loses or changes are refused, with the field and what to use instead', () => {
  const lost: readonly (readonly [Schema, RegExp])[] = [
    [z.object({ at: z.date() }), /^aggregate 'a': field 'at' of event 'E' is a Date: use text, z\.iso\.datetime\(\)/],
    [z.object({ at: z.coerce.date().optional() }), /is a Date/],
    [z.object({ lines: z.array(z.object({ at: z.date() })) }), /field 'lines\.\*\.at'/],
    [z.bigint(), /event 'E' is a bigint/],
    [z.map(z.string(), z.string()), /use z\.record/],
    [z.set(z.string()), /use z\.array/],
    [z.symbol(), /symbol/],
    [z.object({ a: z.undefined() }), /use \.optional/],
    [z.void(), /undefined/],
    [z.nan(), /NaN/],
    [z.promise(z.string()), /promise/],
    [z.file(), /file/],
    [z.string().transform(Number), /transform/],
    [z.preprocess(String, z.string()), /transform/],
    [z.stringbool(), /codec/],
    [z.codec(z.string(), z.number(), { decode: Number, encode: String }), /codec/],
    [z.instanceof(URL), /instance of a class/],
    [z.literal([1n]), /bigint/],
    [z.literal(['a', undefined]), /undefined/],
    [z.array(z.string().optional()), /come back as null/],
    [z.tuple([z.string(), z.string().optional()]), /come back as null/],
    [z.record(z.string(), z.date()), /field '\*' of event 'E' is a Date/],
    [z.object({}).catchall(z.date()), /is a Date/],
    [z.union([z.string(), z.date()]), /is a Date/],
    [z.intersection(z.object({}), z.object({ at: z.date() })), /field 'at'/],
    [z.lazy(() => z.date()), /is a Date/],
    [mini.object({ at: mini.optional(mini.date()) }), /field 'at'/],
  ]
  for (const [schema, message] of lost) {
    assert.throws(
      () => check(schema),
      (error) => isKhataError(error, 'definition') && message.test(error.message),
      String(message),
    )
  }
})

test('what is not a schema is refused', () => {
  for (const value of [null, undefined, {}, 'string', () => 1]) {
    assert.throws(
      () => check(value),
      (error) => isKhataError(error, 'definition') && /must be a Zod schema/.test(error.message),
    )
  }
})
