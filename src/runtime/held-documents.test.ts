import assert from 'node:assert/strict'
import { test } from 'node:test'
import { heldDocuments } from './held-documents.ts'

const mebibyte = 1024 * 1024

/** How many documents of a size are held when there are more of them than there is room for. */
function heldOf(bytes: number): number {
  const held = heldDocuments<{ readonly bytes: number }>()
  const ids = Array.from({ length: 25_000 }, (_, i) => `document-${i}`)
  for (const id of ids) held.set(id, { bytes })
  return ids.filter((id) => held.get(id)).length
}

test('documents are held by number while they are small, and by what they take when they are large', () => {
  assert.ok(heldOf(100) >= 19_000 && heldOf(100) <= 20_000)
  assert.equal(heldOf(mebibyte), 64)
  assert.equal(heldOf(65 * mebibyte), 0)
})
