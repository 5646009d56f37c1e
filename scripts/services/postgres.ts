/** The PostgreSQL server and the PgBouncer that tests run against. */
import { spawnSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { installDebianPackage } from './debian-package.ts'

const usual = 'postgres://postgres@127.0.0.1:5432/postgres'
const ownPort = 54_329
const own = `postgres://postgres@127.0.0.1:${ownPort}/postgres`

/** The folder of the newest installed PostgreSQL's programs; null when none is installed. */
export function postgresPrograms(): string | null {
  const folders = globSync(['/usr/lib/postgresql/*/bin', '/opt/homebrew/opt/postgresql@*/bin', '/usr/local/pgsql/bin'])
  return (
    folders
      .filter((folder) => existsSync(join(folder, 'initdb')))
      .sort()
      .at(-1) ?? null
  )
}

function answers(url: string): boolean {
  const { hostname, port } = new URL(url)
  const programs = postgresPrograms()
  const asked = spawnSync(programs ? join(programs, 'pg_isready') : 'pg_isready', [
    '-h',
    hostname,
    '-p',
    port || '5432',
    '-t',
    '3',
  ])
  return asked.status === 0 && logsIn(url)
}

/** The server may run and yet not let us in; the driver knows. */
function logsIn(url: string): boolean {
  return asks(url, '')
}

/** Asks a server for something over the driver, in a process of its own; whether that went well. */
function asks(url: string, work: string): boolean {
  const script = `import pg from 'pg'
    const client = new pg.Client(${JSON.stringify(url)})
    await client.connect()
    ${work}
    await client.end()`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 }).status === 0
}

/**
 * Drops databases of tests that were killed before they could do it themselves: those that are older than a day and that
 * nobody is connected to. Who may not see how old they are leaves them.
 */
export function sweepDatabases(url: string): void {
  asks(
    url,
    `const { rows } = await client.query(\`SELECT datname AS name FROM pg_database d
      WHERE datname ~ '^khata_test_[0-9a-f]+(_dump|_lost)?$'
        AND (pg_stat_file('base/' || d.oid || '/PG_VERSION')).modification < now() - interval '1 day'
        AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE a.datid = d.oid)\`)
    for (const { name } of rows) await client.query('DROP DATABASE IF EXISTS ' + name)`,
  )
}

/** Starts a server of our own from installed programs, in a folder that is used again. PostgreSQL does not run as root. */
function startOwn(programs: string): void {
  const isRoot = process.getuid?.() === 0
  const folder = join(tmpdir(), `khata-postgres-${isRoot ? 'postgres' : userInfo().username}`)
  mkdirSync(folder, { recursive: true })
  const run = (program: string, ...args: string[]) =>
    isRoot
      ? spawnSync('runuser', ['-u', 'postgres', '--', join(programs, program), ...args], { stdio: 'ignore' })
      : spawnSync(join(programs, program), args, { stdio: 'ignore' })
  if (isRoot) spawnSync('chown', ['postgres', folder])
  const data = join(folder, 'data')
  if (!existsSync(join(data, 'PG_VERSION'))) {
    run('initdb', '-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C')
  }
  const settings = `-p ${ownPort} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c max_connections=200`
  run('pg_ctl', '-D', data, '-w', '-o', settings, '-l', join(folder, 'log'), 'start')
}

/**
 * The URL of a server: what `KHATA_TEST_POSTGRES` names, else one that runs on this machine, else one that is started from
 * installed programs, which are installed when the machine lets us. Null when there is no way.
 */
export function bringUpPostgres(): string | null {
  const named = process.env['KHATA_TEST_POSTGRES']
  if (named !== undefined) return answers(named) ? named : null
  for (const url of [usual, own]) if (answers(url)) return url
  if (!postgresPrograms()) installDebianPackage('postgresql')
  const programs = postgresPrograms()
  if (!programs) return null
  if (answers(usual)) return usual
  startOwn(programs)
  return answers(own) ? own : null
}

/** Whether PgBouncer is installed, after trying to install it. */
export function bringUpPgbouncer(): boolean {
  const isThere = (): boolean => spawnSync('pgbouncer', ['--version']).status === 0
  if (!isThere()) installDebianPackage('pgbouncer')
  return isThere()
}
