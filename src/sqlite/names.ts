import { KhataError } from '../model/error.ts'

/** An SQL name in quotes. */
export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function checked(generation: string): string {
  if (/^[a-z0-9_]+$/.test(generation)) return generation
  throw new KhataError('usage', `a generation's id has lower-case letters, digits and _, not "${generation}"`, null)
}

/** The table of a generation, in quotes. */
export function viewTable(generation: string): string {
  return `"view_${checked(generation)}"`
}

/** The full-text table of a generation, in quotes. The point keeps it and its own tables apart from any generation's. */
export function searchTable(generation: string): string {
  return `"view_${checked(generation)}.search"`
}
