import { ledger } from './0001-ledger.ts'
import { reactions } from './0002-reactions.ts'
import { matching } from './0003-matching.ts'
import { letterIndexes } from './0004-letter-indexes.ts'

/** The numbered steps of the schema: the place in the list is the number. A step that was released is never changed. */
export const migrations: readonly { readonly name: string; readonly sql: string }[] = [
  { name: 'ledger', sql: ledger },
  { name: 'reactions', sql: reactions },
  { name: 'matching', sql: matching },
  { name: 'letter-indexes', sql: letterIndexes },
]
