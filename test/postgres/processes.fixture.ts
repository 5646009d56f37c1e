/** Writers and followers in processes of their own, and what they were told. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { after } from 'node:test'

/** An acknowledged commit. */
export interface Acknowledged {
  readonly first: number
  readonly ids: readonly string[]
}

/** A writing process. */
export interface WriterProcess {
  readonly acknowledged: readonly Acknowledged[]
  /** How often it was told that a seat was taken; known when it has ended. */
  readonly taken: () => number
  kill(): Promise<void>
  /** Tells it to end, and waits until it has; throws when it ends in any other way than well. */
  end(): Promise<void>
}

/** A process that follows the log. */
export interface FollowerProcess {
  /** Position and id of each event, in the order in which they came, over all its lives. */
  readonly seen: readonly (readonly [position: number, id: string])[]
  /** Kills it and starts it again behind the last event that it told. */
  resume(): Promise<void>
}

function start(file: string, ...given: readonly string[]): ChildProcess {
  const args = ['--conditions=khata-source', resolve(import.meta.dirname, file), ...given]
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] })
  after(() => void child.kill('SIGKILL'))
  return child
}

/** The lines that a process says; a process that is killed may leave half a line, which is none. */
function told(child: ChildProcess, line: (words: readonly string[]) => void): Promise<unknown> {
  let text = ''
  child.stdout?.setEncoding('utf8').on('data', (data: string) => {
    const lines = (text + data).split('\n')
    text = lines.pop() ?? ''
    for (const one of lines) line(one.split(' '))
  })
  return once(child, 'close')
}

/** Starts a process with some writers. */
export function startWriter(url: string, writers: number, name: string): WriterProcess {
  const child = start('writer-process.ts', url, String(writers), name)
  const acknowledged: Acknowledged[] = []
  let taken = 0
  const closed = told(child, ([first, ...rest]) => {
    if (first === 'taken') taken = Number(rest[0])
    else acknowledged.push({ first: Number(first), ids: rest })
  })
  let said = ''
  if (child.stderr) createInterface({ input: child.stderr }).on('line', (line) => (said += `${line}\n`))
  return {
    acknowledged,
    taken: () => taken,
    async kill() {
      child.kill('SIGKILL')
      await closed
    },
    async end() {
      child.stdin?.end()
      await closed
      if (child.exitCode !== 0) throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode}: ${said}`)
    },
  }
}

/** Starts a process that follows the log. */
export function startFollower(url: string): FollowerProcess {
  const seen: (readonly [number, string])[] = []
  let last: string | null = null
  const live = () => {
    const child = start('follower-process.ts', url, ...(last === null ? [] : [last]))
    child.stderr?.pipe(process.stderr)
    const closed = told(child, ([position, id = '', token = '']) => {
      seen.push([Number(position), id])
      last = token
    })
    return { child, closed }
  }
  let running = live()
  return {
    seen,
    async resume() {
      running.child.kill('SIGKILL')
      await running.closed
      running = live()
    },
  }
}
