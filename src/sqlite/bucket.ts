const utf8 = new TextEncoder()

/** The bucket of a document, 0 to 255, by its id: FNV-1a over the bytes, folded. It never changes. */
export function bucketOf(id: string): number {
  let hash = 0x811c9dc5
  for (const byte of utf8.encode(id)) hash = Math.imul(hash ^ byte, 0x01000193)
  return (hash ^ (hash >>> 8) ^ (hash >>> 16) ^ (hash >>> 24)) & 0xff
}
