import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { after } from 'node:test'

/**
 * Runs a command and removes a folder when the test file is done, also when it was killed: a process of its own waits for
 * the end of what only this one holds open.
 */
export function cleanUp(folder: string, command: readonly string[]): void {
  const script = 'cat > /dev/null; "$@"; rm -rf "$0"'
  const waiting = spawn('sh', ['-c', script, folder, ...command], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  waiting.unref()
  after(async () => {
    const ended = once(waiting, 'exit')
    waiting.stdin.end()
    await ended
  })
}
