/** A PostgreSQL cluster of the test's own, which may be stopped hard and started again. */
import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { postgresPrograms } from '../../scripts/services/postgres.ts'
import { cleanUp } from './clean-up.ts'
import { freePort } from './free-port.ts'

const run = promisify(execFile)

/** A cluster that runs. */
export interface Cluster {
  readonly url: string
  /** Stops it as a power cut would: no checkpoint, no goodbye. */
  stopHard(): Promise<void>
  start(): Promise<void>
  /** What one of PostgreSQL's programs says of the cluster's own folder, `data`. */
  ask(program: string, ...args: readonly string[]): Promise<string>
  /** A copy of all its files, as `pg_basebackup` takes them, that runs beside it: a server of its own, or one that only reads. */
  copy(as: 'primary' | 'standby'): Promise<Cluster>
}

const usual = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'shared_buffers=32MB']

/** Makes the folder of a cluster's data, by asking PostgreSQL's programs. */
type Make = (ask: Cluster['ask'], data: string) => Promise<unknown>

const empty: Make = (ask, data) =>
  ask('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-instructions')

/**
 * Makes and starts a cluster with these settings beside the usual ones; it is stopped and removed with the test file.
 * PostgreSQL does not run as root.
 */
export function newCluster(...settings: readonly string[]): Promise<Cluster> {
  return clusterOf(settings, empty)
}

async function clusterOf(settings: readonly string[], make: Make): Promise<Cluster> {
  const programs = postgresPrograms()
  if (programs === null) throw new Error('the programs of PostgreSQL are not installed: `apt-get install postgresql`')
  const folder = mkdtempSync(join(tmpdir(), 'khata-cluster-'))
  const data = join(folder, 'data')
  const port = await freePort()
  const isRoot = process.getuid?.() === 0
  const command = (program: string, ...args: readonly string[]): [string, ...string[]] =>
    isRoot ? ['runuser', '-u', 'postgres', '--', join(programs, program), ...args] : [join(programs, program), ...args]
  const ask = async (program: string, ...args: readonly string[]): Promise<string> => {
    const [file, ...rest] = command(program, ...args)
    return (await run(file, rest, { cwd: folder, maxBuffer: 1024 ** 3 })).stdout
  }
  if (isRoot) await run('chown', ['postgres', folder])
  await make(ask, data)
  const stop = ['-D', data, '-m', 'immediate', 'stop']
  cleanUp(folder, command('pg_ctl', ...stop))
  const given = [...usual, ...settings].flatMap((setting) => ['-c', setting]).join(' ')
  const start = async (): Promise<void> => {
    await ask('pg_ctl', '-D', data, '-w', '-t', '600', '-o', `-p ${port} ${given}`, '-l', join(folder, 'log'), 'start')
  }
  await start()
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  return {
    url,
    start,
    stopHard: async () => {
      await ask('pg_ctl', ...stop)
    },
    ask,
    copy: (as) =>
      clusterOf(settings, (ask, data) =>
        ask('pg_basebackup', '-d', url, '-D', data, '-c', 'fast', ...(as === 'standby' ? ['-R'] : [])),
      ),
  }
}
