import { ledger } from './0001-ledger.ts'
import { reactions } from './0002-reactions.ts'
import { letterIndex } from './0003-letter-index.ts'
import { streamChain } from './0004-stream-chain.ts'
import { reactionIndexes } from './0005-reaction-indexes.ts'

/** A step of the schema. */
export interface Migration {
  readonly name: string
  readonly sql: string
}

/** The numbered steps of the schema: the place in the list is the number. A step that was released is never changed. */
export const migrations: readonly Migration[] = [
  { name: 'ledger', sql: ledger },
  { name: 'reactions', sql: reactions },
  { name: 'letter-index', sql: letterIndex },
  { name: 'stream-chain', sql: streamChain },
  { name: 'reaction-indexes', sql: reactionIndexes },
]
