import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { aggregate } from './aggregate.ts'
import { isKhataError } from './error.ts'
import { projection } from './projection.ts'
import { query } from './query.ts'

const source = (name: string, event: string) =>
  aggregate(name, {
    id: 'id',
    events: { [event]: z.object({ n: z.int() }) },
    initial: {},
    evolve: {},
    commands: { [`${event}-${name}`.replace(/\W/g, '')]: { input: z.object({ id: z.string() }), decide: () => null } },
  })

const order = source('order', 'Placed')
const account = source('account', 'Opened')
const working = {
  from: [order, account],
  document: z.object({ id: z.string(), total: z.int().optional(), paid: z.boolean().nullable(), lines: z.array(z.string()) }),
  key: () => 'k',
  on: { Placed: () => null },
}
const make = (changes: object, name = 'totals') => projection(name, { ...working, ...changes } as never)

function refused(make: () => unknown, message: RegExp): void {
  assert.throws(make, (error) => isKhataError(error, 'definition') && message.test(error.message))
}

describe('a projection', () => {
  test('is accepted when everything fits', () => {
    const made = make({ index: ['id', ['paid', 'total']], search: ['id'], version: 2, mode: 'inline', description: 'x' })
    assert.deepEqual(made.definition.index, [['id'], ['paid', 'total']])
  })

  test('refuses handlers of events that no source has', () => {
    refused(() => make({ on: { Shipped: () => null } }), /on has 'Shipped', but nothing in from has such an event/)
    refused(() => make({ on: { 'order.Opened': () => null } }), /on has 'order.Opened'/)
    refused(() => make({ on: { Placed: 'x' } }), /on\['Placed'\] must be a function/)
  })

  test('asks for the qualified name of an event that two sources have', () => {
    const from = [order, source('basket', 'Placed')]
    refused(() => make({ from }), /write 'order.Placed' or 'basket.Placed'/)
    assert.ok(make({ from, on: { 'basket.Placed': () => null } }))
  })

  test('refuses indexes on what is no field, or does not compare', () => {
    refused(() => make({ index: ['totl'] }), /index has 'totl', which is no field of document/)
    refused(() => make({ index: ['constructor'] }), /no field/)
    refused(() => make({ index: ['lines'] }), /'lines', which is not a text, a number or a boolean/)
    refused(() => make({ index: [['id', 'id']] }), /each once/)
    refused(() => make({ index: [[]] }), /at least one field/)
  })

  test('refuses indexed fields that would meet the names of a table', () => {
    const document = z.object({ _id: z.string(), total: z.int(), Total: z.int(), 'a.b': z.int(), মোট: z.int() })
    refused(() => make({ document, index: ['_id'] }), /begins with a letter/)
    refused(() => make({ document, index: ['a.b'] }), /holds letters/)
    refused(() => make({ document, index: ['total', 'Total'] }), /differ only by case/)
    assert.ok(make({ document, index: ['total', 'মোট'] }))
  })

  test('searches texts only', () => {
    refused(() => make({ search: ['total'] }), /search has 'total', which is not a text/)
    refused(() => make({ search: ['nothing'] }), /no field/)
  })

  test('needs an object that JSON carries as its document', () => {
    refused(() => make({ document: z.string() }), /document must be a schema of an object/)
    refused(() => make({ document: z.object({}).nullable() }), /document must be a schema of an object/)
    refused(() => make({ document: z.object({ at: z.date() }) }), /field 'at' of document is a Date/)
    assert.ok(
      make({ document: z.union([z.object({ a: z.string() }), z.object({ a: z.string(), b: z.int() })]), index: ['a', 'b'] }),
    )
  })

  test('refuses misspelt options and wrong values', () => {
    refused(() => make({ indexes: [] }), /no option 'indexes'/)
    refused(() => make({ version: 0 }), /version must be a whole number of at least 1/)
    refused(() => make({ mode: 'sync' }), /mode must be 'async' or 'inline'/)
    refused(() => make({ from: [] }), /from must be a list/)
    refused(() => make({}, 'Totals'), /kebab-case/)
  })
})

describe('a query', () => {
  test('needs a name, an input schema, projections and an answer', () => {
    const working = { input: z.object({}), views: [], answer: () => 1 }
    const ask = (changes: object, name = 'busiest') => query(name, { ...working, ...changes } as never)
    assert.equal(ask({}).name, 'busiest')
    refused(() => ask({}, 'Busiest'), /kebab-case/)
    refused(() => ask({ views: [order] }), /views must be a list of projections/)
    refused(() => ask({ input: {} }), /input must be a Zod schema/)
    refused(() => ask({ output: 1 }), /no option 'output'/)
    refused(() => ask({ answer: 1 }), /answer must be a function/)
  })
})
