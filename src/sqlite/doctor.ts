import { existsSync, statfsSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { KhataError } from '../model/error.ts'
import type { Examination, ExaminationOptions, Finding, Measure } from '../ports/examination.ts'
import { type Connection, connectReader } from './connection.ts'
import { translate } from './failure.ts'

const mebibyte = 1024 * 1024
const leastFree = 256 * mebibyte
const longLog = 256 * mebibyte
const muchUnused = 64 * mebibyte

/**
 * Examines the file of a store: its size, its write-ahead log, unused pages, room on the disk; `deep` also reads every page.
 * @throws KhataError `store-unavailable`, `store-damaged`
 */
export async function examine(location: string, options: ExaminationOptions = {}): Promise<Examination> {
  const store = `sqlite:${location}`
  const path = resolve(location)
  if (!existsSync(path)) throw new KhataError('store-unavailable', `There is no store at ${path}.`, { store })
  let connection: Connection | null = null
  try {
    connection = connectReader(path)
    return look(connection, path, options)
  } catch (error) {
    throw translate(error, store)
  } finally {
    connection?.close()
  }
}

function pragma(connection: Connection, name: string): number | string {
  const [value] = connection.sql(`PRAGMA ${name}`).get() as unknown as [number | string]
  return value
}

function look(connection: Connection, path: string, { deep }: ExaminationOptions): Examination {
  const file = statSync(path).size
  const log = existsSync(`${path}-wal`) ? statSync(`${path}-wal`).size : 0
  const pageSize = Number(pragma(connection, 'page_size'))
  const unused = Number(pragma(connection, 'freelist_count')) * pageSize
  const { bavail, bsize } = statfsSync(dirname(path))
  const free = bavail * bsize
  const mode = String(pragma(connection, 'journal_mode'))
  const measures: Measure[] = [
    { about: 'size', name: 'file', value: file, unit: 'bytes' },
    { about: 'size', name: 'write-ahead log', value: log, unit: 'bytes' },
    { about: 'size', name: 'unused in the file', value: unused, unit: 'bytes' },
    { about: 'disk', name: 'free', value: free, unit: 'bytes' },
    { about: 'settings', name: 'journal mode', value: mode },
    // Not kept in the file: it is what each process that writes asks for.
    { about: 'settings', name: 'synchronous', value: 'full, unless openSqlite is told otherwise' },
  ]
  const findings: Finding[] = []
  if (free < leastFree) {
    findings.push({
      weight: 'problem',
      about: 'disk',
      found: `${Math.round(free / mebibyte)} MiB are free on the disk; without any, nothing is written.`,
      advice: 'Free space, or move the store to a larger disk with khata copy.',
    })
  } else if (free < file) {
    const advice = 'Keep backups on another disk, or move the store to a larger one with khata copy.'
    findings.push({ weight: 'advice', about: 'disk', found: 'The disk has no room for a copy of the file.', advice })
  }
  if (log > longLog) {
    findings.push({
      weight: 'problem',
      about: 'size',
      found: `The write-ahead log has ${Math.round(log / mebibyte)} MiB: somebody has been reading for long, so that it cannot be emptied.`,
      advice: 'End backup tools and SQL prompts that have the file open.',
    })
  }
  if (unused > muchUnused && unused > file / 4) {
    findings.push({
      weight: 'advice',
      about: 'size',
      found: `${Math.round(unused / mebibyte)} MiB of the file are not used, as after views were rebuilt.`,
      advice: 'They will be used again; to give them back, stop every process and run: VACUUM',
    })
  }
  if (mode !== 'wal') {
    const advice = 'Start Khata on it once; it changes the mode. Keep the file off network disks.'
    findings.push({ weight: 'problem', about: 'settings', found: `The journal mode is ${mode}, not wal.`, advice })
  }
  if (deep) {
    for (const [found] of connection.sql('PRAGMA quick_check(20)').all() as unknown as [string][]) {
      if (found === 'ok') continue
      const advice = 'Stop writing, keep the file, restore a backup.'
      findings.push({ weight: 'problem', about: 'file', found: `The file is damaged: ${found}`, advice })
    }
  }
  return { measures, findings }
}
