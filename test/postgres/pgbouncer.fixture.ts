/** A PgBouncer of the test's own, in transaction mode, in front of the test server. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../src/runtime/reactions/eventually.fixture.ts'
import { cleanUp } from './clean-up.ts'
import { freePort } from './free-port.ts'

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.on('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Starts PgBouncer before the server of a URL, with few server connections; answers the URL through it. */
export async function pooled(url: string): Promise<string> {
  const target = new URL(url)
  const folder = mkdtempSync(join(tmpdir(), 'khata-pgbouncer-'))
  const port = await freePort()
  writeFileSync(
    join(folder, 'pgbouncer.ini'),
    `[databases]
* = host=${target.hostname} port=${target.port === '' ? 5432 : target.port} user=${target.username}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 3
max_client_conn = 200
`,
  )
  // It does not run as root.
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : []
  if (user.length > 0) spawnSync('chown', ['-R', 'postgres', folder])
  const child: ChildProcess = spawn('pgbouncer', [...user, join(folder, 'pgbouncer.ini')], { stdio: 'ignore' })
  cleanUp(folder, ['kill', '-9', String(child.pid)])
  await until('PgBouncer answers', () => answers(port))
  return `postgres://${target.username}@127.0.0.1:${port}${target.pathname}`
}
