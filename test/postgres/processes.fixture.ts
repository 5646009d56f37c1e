/** Writers in processes of their own, and what they were told. */
import { type ChildProcess, spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'

/** An acknowledged commit. */
export interface Acknowledged {
  readonly first: number
  readonly ids: readonly string[]
}

/** A writing process. */
export interface WriterProcess {
  readonly child: ChildProcess
  readonly acknowledged: Acknowledged[]
  /** Resolves when it has ended, with what it said on stderr and its exit code. */
  readonly ended: Promise<{ readonly code: number | null; readonly said: string }>
}

/** Starts a process that writes for some time. */
export function startWriter(url: string, writers: number, ms: number, name: string): WriterProcess {
  const file = resolve(import.meta.dirname, 'writer-process.ts')
  const args = ['--conditions=khata-source', file, url, String(writers), String(ms), name]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const acknowledged: Acknowledged[] = []
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [first, ...ids] = line.split(' ')
    // A process that is killed may leave half a line.
    if (ids.length > 0 && ids.every((id) => id.length === 36)) acknowledged.push({ first: Number(first), ids })
  })
  let said = ''
  child.stderr.on('data', (data) => {
    said += data
  })
  const ended = new Promise<{ code: number | null; said: string }>((done) => {
    child.on('close', (code) => done({ code, said }))
  })
  return { child, acknowledged, ended }
}
