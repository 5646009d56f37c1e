import { LruMap } from './lru.ts'

const mostDocuments = 20_000
const mostBytes = 64 * 1024 * 1024

/** Room in memory for documents of one generation, those used last: up to 20,000, of 64 MiB together as they are stored. */
export function heldDocuments<Held extends { readonly bytes: number }>(): LruMap<string, Held> {
  return new LruMap(mostBytes, ({ bytes }) => Math.max(bytes, mostBytes / mostDocuments))
}
