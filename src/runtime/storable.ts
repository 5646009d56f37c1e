/**
 * A text as every store takes it: without U+0000 and without half characters, which cutting it may have made. For text that
 * tells a person something (errors, reasons, names), where a replaced character is better than no record; data is refused
 * instead.
 */
export function storable(text: string, longest = Infinity): string {
  return text.slice(0, longest).toWellFormed().replaceAll('\0', '\uFFFD')
}
