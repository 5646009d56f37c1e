import assert from 'node:assert/strict'
import type { FieldFilter, FieldValue } from '../../ports/view-store.ts'
import { find, findInPages, people, person, write } from './documents.ts'
import { upTo } from './samples.ts'
import type { Promised } from './suite.ts'

/** By code point, as the contract asks; JavaScript's own order differs beyond U+FFFF. */
function byCodePoint(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** Promises about finding documents: filters, order, pages, words. */
export function findingConformance(promise: Promised): void {
  promise(
    'VIEW-10 filters compare by equality, range and list; bounds never match null, equality may ask for it',
    async ({ open }) => {
      const engine = await open()
      await engine.views.prepare(people)
      const rows: [string, FieldValue[]][] = [
        ['a', ['Dhaka', 30, 1]],
        ['b', ['Dhaka', 41.5, 0]],
        ['c', ['Khulna', 41.5, 1]],
        ['d', [null, null, null]],
        ['e', ['', -5, 0]],
      ]
      await write(engine, people, ...rows.map(([id, of]) => person(id, { of })))
      const cases: [FieldFilter[], string][] = [
        [[{ field: 'city', op: 'eq', value: 'Dhaka' }], 'ab'],
        [[{ field: 'city', op: 'eq', value: 'dhaka' }], ''],
        [[{ field: 'city', op: 'eq', value: null }], 'd'],
        [[{ field: 'city', op: 'gt', value: 'Dhaka' }], 'c'],
        [[{ field: 'city', op: 'lte', value: 'Dhaka' }], 'abe'],
        [[{ field: 'age', op: 'gte', value: 41.5 }], 'bc'],
        [[{ field: 'age', op: 'lt', value: 41.5 }], 'ae'],
        [
          [
            { field: 'age', op: 'gt', value: -6 },
            { field: 'age', op: 'lt', value: 30 },
          ],
          'e',
        ],
        [[{ field: 'age', op: 'gte', value: null }], ''],
        [
          [
            { field: 'active', op: 'eq', value: 1 },
            { field: 'city', op: 'eq', value: 'Dhaka' },
          ],
          'a',
        ],
        [[{ field: 'city', op: 'in', value: ['Khulna', ''] }], 'ce'],
        [[{ field: 'city', op: 'in', value: ['Khulna', null] }], 'cd'],
        [[{ field: 'city', op: 'in', value: [] }], ''],
      ]
      for (const [where, ids] of cases) {
        assert.deepEqual(await find(engine, { where }), [...ids], JSON.stringify(where))
        assert.equal(await engine.views.count('people_1', where), ids.length)
      }
    },
  )

  const cities = ['Dhaka', 'dhaka', 'Ångström', 'ঢাকা', 'ঢাকাই', 'খুলনা', 'কুমিল্লা', '𝒹', '～', '', 'a', 'Z', "x'y", '%', '"']

  promise(
    'VIEW-11 order is by code point, nulls first, equal values by id; descending is exactly the reverse',
    async ({ open }) => {
      const engine = await open()
      await engine.views.prepare(people)
      const documents = [...cities, ...cities].map((city, i) =>
        person(`p-${String((i * 7) % 30).padStart(2, '0')}`, { of: [city, i, 1] }),
      )
      const nulls = upTo(3).map((i) => person(`n-${i}`, { of: [null, null, null] }))
      await write(engine, people, ...documents, ...nulls)
      const sorted = documents
        .toSorted((a, b) => byCodePoint(String(a.fields[0]), String(b.fields[0])) || byCodePoint(a.id, b.id))
        .map(({ id }) => id)
      const ascending = ['n-0', 'n-1', 'n-2', ...sorted]
      assert.deepEqual(await find(engine, { order: { field: 'city', descending: false } }), ascending)
      assert.deepEqual(await find(engine, { order: { field: 'city', descending: true } }), ascending.toReversed())
      assert.deepEqual(await find(engine), [...documents, ...nulls].map(({ id }) => id).toSorted(byCodePoint))
    },
  )

  promise('VIEW-11 numbers of any size are ordered and answered as they are', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const ages = [-1e300, -(2 ** 53), 0.1, 2 ** 53, 1e17, Number.MAX_VALUE]
    await write(engine, people, ...ages.map((age, i) => person(`p-${i}`, { of: [null, age, null] })))
    const range = { generation: 'people_1', where: [], limit: 10, order: { field: 'age', descending: false } }
    assert.deepEqual(
      (await engine.views.find(range)).map(({ value }) => value),
      ages,
    )
    assert.deepEqual(await findInPages(engine, { order: range.order }, 2), await find(engine, { order: range.order }))
  })

  promise('VIEW-12 pages hold every document once, across nulls and equal values, in both directions', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const value = (i: number): FieldValue => (i % 4 === 0 ? null : (cities[i % 5] ?? null))
    await write(engine, people, ...upTo(60).map((i) => person(`p-${i}`, { of: [value(i), i % 3 === 0 ? null : i % 7, i % 2] })))
    for (const field of ['city', 'age']) {
      for (const descending of [false, true]) {
        const order = { field, descending }
        const whole = await find(engine, { order })
        assert.equal(new Set(whole).size, 60)
        for (const limit of [1, 4, 7, 60]) assert.deepEqual(await findInPages(engine, { order }, limit), whole)
        const where: FieldFilter[] = [{ field: 'active', op: 'eq', value: 1 }]
        assert.deepEqual(await findInPages(engine, { order, where }, 4), await find(engine, { order, where }))
      }
    }
    assert.deepEqual(await findInPages(engine, {}, 7), await find(engine))
  })

  promise('VIEW-13 documents written between pages disturb no page', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    await write(engine, people, ...upTo(20).map((i) => person(`p-${String(i).padStart(2, '0')}`, { of: ['c', i, 1] })))
    const order = { field: 'age', descending: false }
    const first = await engine.views.find({ generation: 'people_1', where: [], order, limit: 10 })
    await write(engine, people, person('p-new', { of: ['c', 3, 1] }), person('p-05', { body: null, position: 2 }))
    const { value = null, id = '' } = first.at(-1) ?? {}
    assert.deepEqual(
      await find(engine, { order, after: { value, id } }),
      upTo(10).map((i) => `p-${i + 10}`),
    )
  })

  promise(
    'VIEW-14 a search finds documents that hold all of its words, in any script, whatever a person types',
    async ({ open }) => {
      const engine = await open()
      await engine.views.prepare(people)
      const texts = {
        a: 'আমার সোনার বাংলা, আমি তোমায় ভালোবাসি',
        b: 'ঢাকা বাংলাদেশের রাজধানী',
        c: 'The quick brown fox. PROD-A, O’Neil & sons',
        d: 'Brown bread; Dhaka, Bangladesh',
        e: 'naïve Ångström 42',
        f: `${'deadbeef'.repeat(500)} hash`,
        g: `${'ঢা'.repeat(1_000)} দীর্ঘ`,
      }
      await write(engine, people, ...Object.entries(texts).map(([id, text]) => person(id, { text })))
      const cases: [string, string][] = [
        ['বাংলা', 'a'],
        ['সোনার আমি', 'a'],
        ['রাজধানী', 'b'],
        ['brown', 'cd'],
        ['BROWN fox', 'c'],
        ['brown dhaka', 'd'],
        ['bread fox', ''],
        ['PROD-A', 'c'],
        ['42', 'e'],
        ['nobody', ''],
        ['brown OR bread', ''],
        ['brown NOT fox', ''],
        ['brown*', 'cd'],
        ['"brown" (fox', 'c'],
        ['text:brown', ''],
        ['^quick', 'c'],
        ['', ''],
        ['!!! - "', ''],
        ['brown !!!', 'cd'],
        ['hash', 'f'],
        [`${'deadbeef'.repeat(500)}`, 'f'],
        ['ঢা'.repeat(1_000), 'g'],
        ['x'.repeat(3_000), ''],
      ]
      for (const [words, ids] of cases) assert.deepEqual(await find(engine, { words }), [...ids], words)
      await write(engine, people, person('d', { text: 'white bread', position: 2 }))
      assert.deepEqual(await find(engine, { words: 'brown' }), ['c'])
      assert.deepEqual(await find(engine, { words: 'white bread' }), ['d'])
    },
  )

  promise('VIEW-15 words, filters, order and pages go together', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    await write(
      engine,
      people,
      ...upTo(30).map((i) => person(`p-${i}`, { of: ['c', 100 - i, i % 2], text: i % 3 === 0 ? 'red apple' : 'apple' })),
    )
    const range = {
      words: 'red apple',
      where: [{ field: 'active', op: 'eq', value: 0 } as const],
      order: { field: 'age', descending: false },
    }
    assert.deepEqual(await findInPages(engine, range, 2), ['p-24', 'p-18', 'p-12', 'p-6', 'p-0'])
  })
}
