import { randomInt } from 'node:crypto'

/** A number that no other write of a document has: from 1 to 2^48. */
export function newRevision(): number {
  return randomInt(1, 2 ** 48 - 1)
}
