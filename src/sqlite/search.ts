import { KhataError } from '../model/error.ts'
import type { ViewShape } from '../ports/view-store.ts'
import type { Sql } from './document-filter.ts'
import { searchTable } from './names.ts'

/** What FTS5 takes for a part of a word, as the tokenizer of the table is set. */
const partOfWord = /[\p{L}\p{N}\p{Co}\p{Mn}\p{Mc}]/u

/** The words of a search as an FTS5 query: each in quotes, so that nothing a person types is an operator. */
function matchAll(words: readonly string[]): string {
  return words.map((word) => `"${word.replaceAll('"', '""')}"`).join(' ')
}

/**
 * The condition that all words occur; null when there is no word to look for.
 * @throws KhataError `usage` when the view has no full-text index
 */
export function searchSql(shape: ViewShape, words: string): Sql | null {
  if (!shape.search) throw new KhataError('usage', `the view generation "${shape.generation}" has no full-text index`, null)
  const list = words
    .normalize('NFC')
    .replaceAll('\u0000', ' ')
    .split(/\s+/)
    .filter((word) => partOfWord.test(word))
  if (list.length === 0) return null
  const table = searchTable(shape.generation)
  return { text: `_row IN (SELECT rowid FROM ${table} WHERE ${table} MATCH ?)`, values: [matchAll(list)] }
}
