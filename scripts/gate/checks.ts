import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Outcome } from './outcome.ts'

/** A check that is a program of its own: it passes when the program ends with 0. */
export interface Check {
  readonly name: string
  readonly command: readonly string[]
}

/** What `npm run check` does before the tests of the house, which are the rest of it. */
export const checks: readonly Check[] = [
  { name: 'check types', command: ['tsc', '-p', '.'] },
  { name: 'check lint and format', command: ['biome', 'check', '--error-on-warnings'] },
  { name: 'check unused exports', command: ['knip', '--no-progress'] },
]

/** Runs a check's program from node_modules. */
export async function runCheck({ name, command }: Check): Promise<Outcome> {
  const started = performance.now()
  const [program = '', ...args] = command
  const child = spawn(`node_modules/.bin/${program}`, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const output: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => output.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => output.push(chunk))
  const [code] = await once(child, 'close')
  const text = Buffer.concat(output).toString().trim()
  const failures = code === 0 ? [] : [{ title: command.join(' '), text: text || `ended with code ${code}` }]
  const seconds = (performance.now() - started) / 1000
  return { name, passed: code === 0 ? 1 : 0, failures, skipped: [], seconds }
}
