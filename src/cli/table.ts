import { styled } from './output.ts'

/** A table for people: columns as wide as what is in them, titles in bold. */
export function tableOf(titles: readonly string[], rows: readonly (readonly string[])[]): readonly string[] {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)))
  const lineOf = (row: readonly string[]) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd()
  return [styled('bold', lineOf(titles)), ...rows.map(lineOf)]
}
