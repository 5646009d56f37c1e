import assert from 'node:assert/strict'
import type { Engine } from '../../ports/engine.ts'
import type { DocumentRange, DocumentWrite, FieldValue, ViewShape } from '../../ports/view-store.ts'
import { done } from './samples.ts'

/** A view of people: text, number and boolean fields, an index over two of them, and words. */
export const people: ViewShape = {
  generation: 'people_1',
  fields: [
    { name: 'city', type: 'text' },
    { name: 'age', type: 'number' },
    { name: 'active', type: 'boolean' },
  ],
  indexes: [['city'], ['age'], ['active', 'age']],
  search: true,
}

/** A view without indexed fields. */
export const plain: ViewShape = { generation: 'plain_1', fields: [], indexes: [], search: false }

let revisions = 0

/** A number that no other write has. */
export function newRevision(): number {
  return ++revisions
}

/** A person as a document; `body: null` removes it. */
export function person(
  id: string,
  given: Partial<DocumentWrite> & { readonly of?: readonly FieldValue[] } = {},
): DocumentWrite {
  const { of = [null, null, null], ...rest } = given
  return {
    id,
    body: JSON.stringify({ id }),
    fields: of,
    text: null,
    position: 1,
    replaces: 0,
    revision: newRevision(),
    ...rest,
  }
}

/** Writes documents as an asynchronous projection does. */
export async function write(engine: Engine, shape: ViewShape, ...documents: DocumentWrite[]): Promise<void> {
  await done(engine, { documents: [{ generation: shape.generation, documents }] })
}

/** The ids that a search finds. */
export async function find(engine: Engine, range: Partial<DocumentRange> = {}): Promise<string[]> {
  const found = await engine.views.find({ generation: people.generation, where: [], limit: 1_000, ...range })
  return found.map(({ id }) => id)
}

/** All ids of a range, read a page at a time. */
export async function findInPages(engine: Engine, range: Partial<DocumentRange>, limit: number): Promise<string[]> {
  const ids: string[] = []
  let after: DocumentRange['after']
  for (;;) {
    const page = await engine.views.find({
      generation: people.generation,
      where: [],
      ...range,
      limit,
      ...(after ? { after } : {}),
    })
    ids.push(...page.map(({ id }) => id))
    const last = page.at(-1)
    if (!last || page.length < limit) return ids
    assert.ok(page.length <= limit)
    after = { value: last.value, id: last.id }
  }
}
