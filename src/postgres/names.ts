import { createHash } from 'node:crypto'
import { KhataError } from '../model/error.ts'

/** PostgreSQL cuts longer names, so that two could become one. */
const nameBytes = 63

function fitting(name: string): string {
  if (Buffer.byteLength(name) <= nameBytes) return name
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 16)
  return `${Buffer.from(name).subarray(0, 40).toString().replaceAll('\uFFFD', '')}~${digest}`
}

/** An SQL name in quotes; one that is too long is shortened and keeps a digest of the whole. */
export function quoted(name: string): string {
  return `"${fitting(name).replaceAll('"', '""')}"`
}

function checked(generation: string): string {
  if (/^[a-z0-9_]+$/.test(generation)) return generation
  throw new KhataError('usage', `a generation's id has lower-case letters, digits and _, not "${generation}"`, null)
}

/** The table of a generation, in quotes, with its schema. */
export function viewTable(generation: string): string {
  return `khata.${quoted(`view_${checked(generation)}`)}`
}

/** An index of a generation's table, in quotes. */
export function viewIndex(generation: string, index: string): string {
  return quoted(`view_${checked(generation)}.${index}`)
}
