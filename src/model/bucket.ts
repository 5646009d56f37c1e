const utf8 = new TextEncoder()

const bucketCount = 256

/** The bucket of a document, 0 to 255, by its id: FNV-1a over the bytes, folded. It never changes. */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5
  for (const byte of utf8.encode(id)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff
}

/** The shard of a document, of so many: each is a run of buckets. */
export function shardOf(id: string, shards: number): number {
  return shards === 1 ? 0 : Math.floor((bucketOf(id) * shards) / bucketCount)
}
