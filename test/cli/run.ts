import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after } from 'node:test'

const root = resolve(import.meta.dirname, '../..')

/** How a run of the command line ended. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** How it is run; the folder is the repository's, whose config has the bank and the shop, unless another is given. */
export interface RunOptions {
  readonly folder?: string
  readonly environment?: Readonly<Record<string, string>>
  readonly input?: string
}

/** A run that goes on. */
export interface Running {
  readonly process: ChildProcessWithoutNullStreams
  readonly ended: Promise<Ended>
  /** Waits until stdout matches, and answers the match. Throws when the run ends before. */
  until(pattern: RegExp): Promise<RegExpExecArray>
}

/** A test that fails leaves what it started: it must not keep the file from ending. */
const running = new Set<ChildProcessWithoutNullStreams>()
after(() => {
  for (const child of running) child.kill('SIGKILL')
})

/** Starts `khata` as a process of its own. */
export function start(args: readonly string[], { folder = root, environment = {}, input }: RunOptions = {}): Running {
  const child = spawn(process.execPath, [join(root, 'bin/khata.js'), ...args], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', NODE_TEST_CONTEXT: '', KHATA_STORE: '', PORT: '', ...environment },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  running.add(child)
  const ended = once(child, 'close').then(([code, signal]): Ended => {
    running.delete(child)
    return { code, stdout, stderr: signal ? `${stderr}ended by ${signal}` : stderr }
  })
  const until = async (pattern: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const match = pattern.exec(stdout)
      if (match) return match
      const more = await Promise.race([once(child.stdout, 'data'), ended])
      if (!Array.isArray(more) && !pattern.test(stdout))
        throw new Error(`ended with ${more.code}: ${more.stdout}${more.stderr}`)
    }
  }
  return { process: child, ended, until }
}

/** Runs `khata` to its end. */
export function run(args: readonly string[], options?: RunOptions): Promise<Ended> {
  return start(args, options).ended
}

/** A folder for one test file, removed with what is in it. */
export function temporaryFolder(): Disposable & { readonly path: string; file(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'khata-'))
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

/** The lines of a text, without the last line's end. */
export function linesOf(text: string): readonly string[] {
  return text.trimEnd().split('\n')
}
