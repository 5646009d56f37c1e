import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { finished } from 'node:stream/promises'
import type { RefusedLine } from './line.ts'
import { ImportProblem } from './problem.ts'
import { columns, type Row } from './source.ts'

/** The file of refused lines, under another name until it is complete. */
export interface RefusedFile {
  write(row: Row, refused: RefusedLine): Promise<void>
  /** Puts the file in its place. */
  finish(): Promise<void>
  /** Takes away what was written. */
  discard(): Promise<void>
}

/**
 * Begins a file of refused lines, with a header: line number, reason, and what the line held.
 * @throws ImportProblem when it cannot be written
 */
export async function refusedFile(path: string): Promise<RefusedFile> {
  const partial = `${path}.${process.pid}.partial`
  let failed: Error | null = null
  const guarded = async <T>(step: Promise<T>): Promise<T> => {
    try {
      return await step
    } catch (cause) {
      throw new ImportProblem(`The file of refused lines cannot be written: ${(cause as Error).message}.`, { cause })
    }
  }
  await guarded(mkdir(dirname(path), { recursive: true }))
  const out = createWriteStream(partial)
  out.on('error', (error) => {
    failed = error
  })
  out.write(csvLine(['Line', 'Reason', ...columns]))
  return {
    async write(row, { reason }) {
      if (failed) await guarded(Promise.reject(failed))
      if (out.write(csvLine([String(row.line), reason, ...row.values]))) return
      await guarded(once(out, 'drain'))
    },
    async finish() {
      out.end()
      await guarded(failed ? Promise.reject(failed) : finished(out))
      await guarded(rename(partial, path))
    },
    async discard() {
      out.destroy()
      await rm(partial, { force: true })
    },
  }
}

function csvLine(values: readonly string[]): string {
  return `${values.map((value) => (/[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value)).join(',')}\n`
}
