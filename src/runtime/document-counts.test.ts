import assert from 'node:assert/strict'
import { test } from 'node:test'
import { documentCounts } from './document-counts.ts'

/** Counting that takes a time, on a clock of its own, and gives another number each time. */
function counting(takesMs: number) {
  let time = 0
  let asked = 0
  const count = async (): Promise<number> => {
    time += takesMs
    return ++asked
  }
  const counts = documentCounts({ count }, () => time)
  const later = (ms: number): void => {
    time += ms
  }
  return { counts, later }
}

test('the documents of a small view are counted each time', async () => {
  const { counts } = counting(1)
  assert.equal(await counts.of('orders', 'orders_1'), 1)
  assert.equal(await counts.of('orders', 'orders_1'), 2)
})

test('counting a large view takes a small part of the time, however often somebody asks', async () => {
  const { counts, later } = counting(100)
  assert.equal(await counts.of('orders', 'orders_1'), 1)
  later(1_900)
  assert.equal(await counts.of('orders', 'orders_1'), 1)
  later(200)
  assert.equal(await counts.of('orders', 'orders_1'), 2)
})

test('another generation is counted at once, and a count that failed again', async () => {
  const { counts } = counting(100)
  assert.equal(await counts.of('orders', 'orders_1'), 1)
  assert.equal(await counts.of('orders', 'orders_2'), 2)
  let fails = true
  const failing = documentCounts({ count: () => (fails ? Promise.reject(new Error('away')) : Promise.resolve(3)) })
  await assert.rejects(failing.of('orders', 'orders_1'), /away/)
  fails = false
  assert.equal(await failing.of('orders', 'orders_1'), 3)
})
