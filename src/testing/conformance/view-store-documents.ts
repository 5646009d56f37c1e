import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { isKhataError } from '../../model/error.ts'
import { indexBytes } from '../../ports/view-store.ts'
import { find, people, person, plain, write } from './documents.ts'
import { append, samples } from './samples.ts'
import type { Promised } from './suite.ts'

const misuse = (error: unknown): boolean => isKhataError(error, 'usage')

/** Promises about single documents: writing, older writes, removal. */
export function documentConformance(promise: Promised): void {
  promise('VIEW-1 a place is made once, and another shape for it is refused', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    await write(engine, people, person('a'))
    await engine.views.prepare(people)
    assert.equal(await engine.views.count('people_1', []), 1)
    await assert.rejects(engine.views.prepare({ ...people, search: false }), misuse)
  })

  promise('VIEW-2 a document is read as it was written, with its position and revision', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const body = '{"name":"রহিম","n":1e2,"s":"\\u0007🏦"}'
    const given = person('র-1', { body, of: ['ঢাকা', 1.5, 1], position: 7 })
    await write(engine, people, given, person('b', { position: 8 }))
    const stored = { id: 'র-1', body, position: 7, revision: given.revision }
    assert.deepEqual(await engine.views.get('people_1', ['র-1']), [stored])
    const found = await engine.views.find({ generation: 'people_1', where: [{ field: 'age', op: 'eq', value: 1.5 }], limit: 2 })
    assert.deepEqual(found, [{ ...stored, value: 'র-1' }])
    const all = await engine.views.get('people_1', ['nobody', 'b\u0000', 'b', 'র-1'])
    assert.deepEqual(new Set(all.map(({ id }) => id)), new Set(['b', 'র-1']))
  })

  promise('VIEW-3 an older write is passed over, a repeated or newer one is taken', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const at = async (position: number, city: string): Promise<string[]> => {
      const text = `lives in ${city}`
      await write(engine, people, person('a', { body: `"${city}"`, of: [city, null, null], position, text }))
      const [stored] = await engine.views.get('people_1', ['a'])
      const [byField] = await find(engine, { where: [{ field: 'city', op: 'eq', value: JSON.parse(stored?.body ?? '') }] })
      const [byWord] = await find(engine, { words: JSON.parse(stored?.body ?? '') })
      return [stored?.body ?? '', String(stored?.position), byField ?? '', byWord ?? '']
    }
    assert.deepEqual(await at(5, 'Dhaka'), ['"Dhaka"', '5', 'a', 'a'])
    assert.deepEqual(await at(4, 'Khulna'), ['"Dhaka"', '5', 'a', 'a'])
    assert.deepEqual(await find(engine, { words: 'Khulna' }), [])
    assert.deepEqual(await at(5, 'Sylhet'), ['"Sylhet"', '5', 'a', 'a'])
    assert.deepEqual(await at(6, 'Bogura'), ['"Bogura"', '6', 'a', 'a'])
    assert.deepEqual(await find(engine, { words: 'Sylhet' }), [])
  })

  promise('VIEW-4 a removed document leaves a tombstone that knows its position', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const text = 'a person'
    await write(engine, people, person('a', { position: 3, of: ['Dhaka', 1, 1], text }), person('b', { position: 3, text }))
    const removal = person('a', { body: null, position: 5 })
    await write(engine, people, removal)
    const tombstone = { id: 'a', body: null, position: 5, revision: removal.revision }
    assert.deepEqual(await engine.views.get('people_1', ['a']), [tombstone])
    assert.deepEqual(await find(engine), ['b'])
    assert.deepEqual(await find(engine, { words: 'person' }), ['b'])
    assert.equal(await engine.views.count('people_1', []), 1)

    await write(engine, people, person('a', { position: 4, text }))
    assert.deepEqual(await engine.views.get('people_1', ['a']), [tombstone])
    await write(engine, people, person('a', { position: 6, text }))
    assert.deepEqual(await find(engine, { words: 'person' }), ['a', 'b'])
  })

  promise('VIEW-5 a generation is removed with all its documents, and others are left alone', async ({ open }) => {
    const engine = await open()
    const other = { ...people, generation: 'people_1_search' }
    await engine.views.prepare(people)
    await engine.views.prepare(other)
    await write(engine, people, person('a'))
    await write(engine, other, person('b', { text: 'word' }))
    await engine.views.drop('people_1')
    await assert.rejects(engine.views.get('people_1', ['a']), misuse)
    assert.deepEqual(await find(engine, { generation: 'people_1_search', words: 'word' }), ['b'])
    await engine.views.prepare({ ...people, search: false })
    assert.equal(await engine.views.count('people_1', []), 0)
    await engine.views.drop('nobody_made_this')

    // A removal that leaves off has removed the generation for everybody, and is ended by the next.
    const many = { ...people, generation: 'people_2' }
    const documents = Array.from({ length: 1_500 }, (_, n) => person(`p${n}`, { text: `number ${n}` }))
    await engine.views.prepare(many)
    await write(engine, many, ...documents)
    await engine.views.drop('people_2', AbortSignal.abort())
    await assert.rejects(engine.views.get('people_2', ['p0']), misuse)
    await engine.views.drop('people_2')
    await engine.views.prepare(many)
    assert.equal(await engine.views.count('people_2', []), 0)
    assert.deepEqual(await find(engine, { generation: 'people_2', words: 'number' }), [])
  })

  promise(
    'VIEW-6 a generation that is not there, a field that is not indexed, and words without an index are misuse',
    async ({ open }) => {
      const engine = await open()
      await engine.views.prepare(plain)
      await append(engine, 'account/a', ...samples(1))
      await assert.rejects(write(engine, people, person('a')), misuse)
      await assert.rejects(engine.views.get('people_1', ['a']), misuse)
      await assert.rejects(engine.views.count('people_1', []), misuse)
      await assert.rejects(engine.views.prepare({ ...plain, generation: 'a"; DROP TABLE event' }), misuse)
      const where = [{ field: '_id" OR 1=1 --', op: 'eq', value: 'x' } as const]
      await assert.rejects(engine.views.find({ generation: 'plain_1', where, limit: 1 }), misuse)
      await assert.rejects(engine.views.count('plain_1', where), misuse)
      const order = { field: 'city', descending: false }
      await assert.rejects(engine.views.find({ generation: 'plain_1', where: [], order, limit: 1 }), misuse)
      await assert.rejects(engine.views.find({ generation: 'plain_1', where: [], words: 'x', limit: 1 }), misuse)
    },
  )

  promise('VIEW-7 an index takes what a key and values of 2,600 bytes make, whatever their characters', async ({ open }) => {
    const engine = await open()
    await engine.views.prepare(people)
    const random = (bytes: number): string => randomBytes(bytes).toString('base64url').slice(0, bytes)
    const long = random(indexBytes - 8 - 1)
    const key = 'র'.repeat(512)
    const longer = random(indexBytes - 8 - Buffer.byteLength(key))
    await write(engine, people, person('a', { of: [long, null, null] }), person(key, { of: [longer, null, null] }))
    assert.deepEqual(await find(engine, { where: [{ field: 'city', op: 'eq', value: long }] }), ['a'])
    assert.deepEqual(await find(engine, { where: [{ field: 'city', op: 'eq', value: longer }] }), [key])
  })
}
