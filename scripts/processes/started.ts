/** Processes of one app, started and killed as in production: by the command line and by signals. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'

const root = resolve(import.meta.dirname, '../..')
const config = resolve(root, 'scripts/processes.config.ts')

/** What may be set around this is not for the processes. */
const unset = { NODE_OPTIONS: '', NODE_TEST_CONTEXT: '', PORT: '', KHATA_STORE: '', KHATA_STORE_DIRECT: '', KHATA_ROLES: '' }

/** A process that runs `khata start`. */
export interface Started {
  readonly name: string
  /** Where it serves; null without an API. */
  readonly url: string | null
  /** Ends it at once: it does not get to finish anything. */
  kill(): Promise<void>
  /** Tells it to end, and waits until it has. */
  end(): Promise<number | null>
}

function khata(args: readonly string[]): ChildProcess {
  const all = ['--conditions=khata-source', resolve(root, 'bin/khata.js'), ...args, '--config', config]
  return spawn(process.execPath, all, { env: { ...process.env, ...unset }, stdio: ['ignore', 'pipe', 'pipe'] })
}

function said(child: ChildProcess): { readonly stdout: () => string; readonly stderr: () => string } {
  let [stdout, stderr] = ['', '']
  child.stdout?.on('data', (text: Buffer) => (stdout += text))
  child.stderr?.on('data', (text: Buffer) => (stderr += text))
  return { stdout: () => stdout, stderr: () => stderr }
}

/** Starts a process with these roles over a store, and waits until it is at work. */
export async function start(name: string, store: string, roles: string): Promise<Started> {
  const child = khata(['start', '--roles', roles, '--store', store, '--json', '--port', '0'])
  const output = said(child)
  const ended = once(child, 'close').then(([code]) => code as number | null)
  while (!output.stdout().includes('\n')) {
    const more = await Promise.race([once(child.stdout as NodeJS.ReadableStream, 'data').then(() => null), ended])
    if (child.exitCode !== null) throw new Error(`${name} ended with ${more}: ${output.stderr()}`)
  }
  const { url } = JSON.parse(output.stdout()) as { url: string | null }
  return {
    name,
    url,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
    async end() {
      child.kill('SIGTERM')
      return ended
    },
  }
}

/** Runs a command of the command line to its end. */
export async function run(...args: string[]): Promise<{ readonly code: number; readonly text: string }> {
  const child = khata(args)
  const output = said(child)
  const [code] = await once(child, 'close')
  return { code: code as number, text: `${output.stdout()}${output.stderr()}` }
}
