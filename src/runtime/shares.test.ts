import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bucketOf, shardOf } from '../model/bucket.ts'
import { shareOf } from './shares.ts'

const views = ['balances', 'statements', 'orders', 'stock', 'revenue', 'customers']

test('the shares of all processes add up to the shards of a view, and differ by one at most', () => {
  for (const shards of [2, 8, 16]) {
    for (let count = 1; count <= 20; count++) {
      const peers = Array.from({ length: count }, (_, n) => `process-${n}`)
      for (const view of views) {
        const shares = peers.map((owner) => shareOf(view, shards, owner, peers))
        assert.equal(
          shares.reduce((sum, share) => sum + share, 0),
          shards,
        )
        assert.ok(Math.max(...shares) - Math.min(...shares) <= 1, `${shares}`)
      }
    }
  }
})

test('what does not divide evenly falls to different processes for different views', () => {
  const peers = ['a', 'b', 'c']
  const more = new Set(views.map((view) => peers.find((owner) => shareOf(view, 4, owner, peers) === 2)))
  assert.ok(more.size > 1, [...more].join())
})

test('a process that is not one of the peers should have nothing', () => {
  assert.equal(shareOf('balances', 8, 'guest', ['a', 'b']), 0)
})

test('a view of one shard belongs to whoever has it', () => {
  for (const owner of ['a', 'b']) assert.equal(shareOf('balances', 1, owner, ['a', 'b']), 1)
})

test('a shard is a run of buckets, and every shard has documents', () => {
  const found = new Map<number, Set<number>>()
  for (let n = 0; n < 20_000; n++) {
    const shard = shardOf(`document-${n}`, 8)
    found.set(shard, (found.get(shard) ?? new Set()).add(bucketOf(`document-${n}`)))
  }
  assert.deepEqual([...found.keys()].sort(), [0, 1, 2, 3, 4, 5, 6, 7])
  for (const [shard, buckets] of found) {
    assert.deepEqual(
      [...buckets].sort((a, b) => a - b),
      Array.from({ length: 32 }, (_, n) => shard * 32 + n),
    )
  }
})
