import { Worker } from 'node:worker_threads'
import { type Failure, unpackFailure } from './failure.ts'
import type { Reader } from './reader.ts'
import { type VerifyProgress, verifySlices } from './verify-slices.ts'

const file = new URL(import.meta.url.endsWith('.ts') ? './verify-worker.ts' : './verify-worker.js', import.meta.url)

/** What the thread that verifies is started with. */
export interface VerifyStart {
  readonly path: string
  readonly store: string
}

/** What the thread that verifies says. */
export type FromVerify =
  | { readonly progress: VerifyProgress }
  | { readonly findings: readonly string[] }
  | { readonly failure: Failure }

type Progress = ((done: number, total: number) => void) | undefined

/** Verifies a store in memory on this thread, with pauses. */
export async function verifyHere(reader: Reader, progress: Progress): Promise<readonly string[]> {
  const slices = await reader.read(verifySlices)
  for (;;) {
    const step = await reader.read(() => slices.next())
    if (step.done) return step.value
    progress?.(step.value.done, step.value.total)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Verifies a file in a thread of its own, so that a large store does not stop the event loop. */
export function verifyInThread(start: VerifyStart, progress: Progress): Promise<readonly string[]> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(file, { workerData: start, name: 'khata-verify', execArgv: [] })
    worker.on('message', (message: FromVerify) => {
      if ('progress' in message) progress?.(message.progress.done, message.progress.total)
      else if ('findings' in message) resolve(message.findings)
      else reject(unpackFailure(message.failure))
    })
    worker.on('error', reject)
    worker.on('exit', () => reject(new Error('the thread that verifies ended early')))
  })
}
