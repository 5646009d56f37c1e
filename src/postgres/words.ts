/**
 * Words as every engine cuts and compares them: runs of letters, digits and the signs that belong to letters, in lower
 * case, Latin letters without accents. PostgreSQL's own parser cuts Bengali words at their vowel signs, so the server is
 * given words, not text.
 */

const word = /[\p{L}\p{N}\p{Co}\p{Mn}\p{Mc}]+/gu
const accents = /([a-z])[\u0300-\u036f]+/g
/** Longer words are cut: PostgreSQL refuses those of more than 2,047 bytes. */
const wordBytes = 1_000
/** What a unit of UTF-16 takes at most. */
const unitBytes = 3
/** PostgreSQL counts no further. */
const lastPlace = 16_383
/** Bytes of all words together; PostgreSQL takes a little more. */
const textBytes = 700_000

/** A word that the server takes, cut behind a whole character. */
function cut(found: string): string {
  if (found.length * unitBytes <= wordBytes) return found
  const bytes = Buffer.from(found)
  let end = Math.min(wordBytes, bytes.length)
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}

function folded(found: string): string {
  const lower = found.toLowerCase()
  // biome-ignore lint/suspicious/noControlCharactersInRegex: most words are plain ASCII and need no more
  if (/^[\x00-\x7f]*$/.test(lower)) return cut(lower)
  return cut(lower.normalize('NFD').replaceAll(accents, '$1').normalize('NFC'))
}

/** The words of a text in their order. */
export function wordsOf(text: string): string[] {
  return (text.normalize('NFC').match(word) ?? []).map(folded)
}

/** The words of a text with their places, as a `tsvector` reads them. Words hold nothing that would need an escape. */
export function vectorOf(text: string): string {
  const places = new Map<string, number[]>()
  let bytes = 0
  for (const [index, found] of wordsOf(text).entries()) {
    const known = places.get(found)
    if (known) {
      if (known.length < 255) known.push(Math.min(index + 1, lastPlace))
      continue
    }
    bytes += Buffer.byteLength(found) + 8
    if (bytes > textBytes) break
    places.set(found, [Math.min(index + 1, lastPlace)])
  }
  return [...places].map(([found, at]) => `'${found}':${at.join(',')}`).join(' ')
}

/**
 * A search as a `tsquery`: all of what a person typed must occur, and what was typed in one piece, as `PROD-A`, in that
 * order. Null when there is no word in it.
 */
export function searchOf(typed: string): string | null {
  const parts = typed
    .replaceAll('\u0000', ' ')
    .split(/\s+/)
    .map((part) => wordsOf(part).map((found) => `'${found}'`))
    .filter((words) => words.length > 0)
    .map((words) => (words.length === 1 ? words[0] : `(${words.join(' <-> ')})`))
  return parts.length === 0 ? null : parts.join(' & ')
}
