import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentAsRead, whyUnfit } from './document-as-read.ts'

test('a document that JSON carries is given back itself', () => {
  const document = { text: 'x', none: null, yes: true, zero: 0, list: [1, { deep: ['y'] }], empty: {} }
  assert.equal(documentAsRead(document), document)
})

test('what JSON leaves out is left out, in order, and the rest is not copied', () => {
  const kept = { a: 1 }
  const given = { first: 1, gone: undefined, list: [kept, { b: undefined, c: 2 }], bare: Object.create(null), kept }
  const read = documentAsRead(given)
  assert.deepEqual(read, JSON.parse(JSON.stringify(given)))
  assert.deepEqual(Object.keys(read ?? {}), ['first', 'list', 'bare', 'kept'])
  assert.equal(read?.['kept'], kept)
  assert.equal((read as typeof given).list[0], kept)
  assert.ok('gone' in given, 'what was given stays as it was')
  const named = JSON.parse('{ "__proto__": { "x": 1 } }') as Record<string, unknown>
  assert.equal(JSON.stringify(documentAsRead({ ...named, gone: undefined })), JSON.stringify(named))
})

test('what arithmetic leaves as -0 is 0, as JSON writes it', () => {
  const read = documentAsRead({ sum: -0, list: [1, -0, { inner: -0 }], one: 1 })
  // `deepEqual` of the strict kind tells 0 and -0 apart.
  assert.deepEqual(read, { sum: 0, list: [1, 0, { inner: 0 }], one: 1 })
})

test('what no store gives back as it was is refused with its place', () => {
  const itself: Record<string, unknown> = {}
  itself['self'] = itself
  for (const [value, why] of [
    [new Date(), 'in.0 is a Date, which JSON does not carry'],
    [undefined, 'in.0 is undefined, which JSON does not carry'],
    [itself, 'in.0.self is part of itself, which JSON does not carry'],
    ['\0', 'in.0: it holds a null character or half a character'],
    [{ '\ud800': 1 }, 'in.0.\\ud800: it holds a null character or half a character'],
  ] as const) {
    const document = { in: [value] }
    assert.equal(documentAsRead(document), null)
    assert.equal(whyUnfit(document), why)
  }
})
