/** A PostgreSQL cluster of the test's own, which may be stopped hard and started again. */
import { execFile } from 'node:child_process'
import { existsSync, globSync, mkdtempSync, rmSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A cluster that runs. */
export interface Cluster {
  readonly url: string
  /** Stops it as a power cut would: no checkpoint, no goodbye. */
  stopHard(): Promise<void>
  start(): Promise<void>
}

function binaries(): string {
  const found = globSync('/usr/lib/postgresql/*/bin').filter((folder) => existsSync(join(folder, 'initdb')))
  const [newest] = found.sort().reverse()
  if (!newest) throw new Error('the binaries of PostgreSQL are not installed: `apt-get install postgresql`')
  return newest
}

async function freePort(): Promise<number> {
  const listener = createServer()
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const { port } = listener.address() as AddressInfo
  await new Promise((resolve) => listener.close(resolve))
  return port
}

/** Makes and starts a cluster; it is stopped and removed with the test file. PostgreSQL does not run as root. */
export async function newCluster(): Promise<Cluster> {
  const folder = mkdtempSync(join(tmpdir(), 'khata-cluster-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const isRoot = process.getuid?.() === 0
  const as = (program: string, ...args: string[]) =>
    isRoot ? run('runuser', ['-u', 'postgres', '--', join(binaries(), program), ...args]) : run(join(binaries(), program), args)
  if (isRoot) await run('chown', ['postgres', folder])
  await as('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions')
  const settings = `-p ${port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c shared_buffers=32MB`
  const start = async (): Promise<void> => {
    await as('pg_ctl', '-D', data, '-w', '-o', settings, '-l', join(folder, 'log'), 'start')
  }
  const stopHard = async (): Promise<void> => {
    await as('pg_ctl', '-D', data, '-m', 'immediate', 'stop')
  }
  await start()
  after(async () => {
    await stopHard().catch(() => {})
    rmSync(folder, { recursive: true, force: true })
  })
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, start, stopHard }
}
