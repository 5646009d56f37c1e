import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'

const root = resolve(import.meta.dirname, '../..')
const withoutBin = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((entry) => !entry.includes('node_modules'))
  .join(delimiter)

/** A project of somebody who uses the packed package, with this process's Node in its path. */
export interface Project {
  readonly path: string
  write(file: string, text: string): void
  /** Runs a shell command in the project; throws with its output when it fails. */
  run(command: string, environment?: Readonly<Record<string, string>>): Promise<{ stdout: string; stderr: string }>
}

/** The machine's own path: what a Node that is not ours is found in. */
export const machinePath = withoutBin

/** Packs the package as `npm publish` would, into the folder `khata` of a temporary one. */
export async function pack(): Promise<Disposable & { readonly folder: string; readonly file: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'khata-packed-'))
  mkdirSync(join(folder, 'khata'))
  const command = `npm pack --silent --pack-destination ${join(folder, 'khata')}`
  const { stdout } = await promisify(execFile)('bash', ['-c', command], { cwd: root, env: environmentOf({}) })
  const name = stdout.trim().split('\n').at(-1) ?? ''
  return {
    folder,
    file: join(folder, 'khata', name),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** Makes a project beside the packed package. */
export function makeProject(folder: string, name: string): Project {
  const path = join(folder, name)
  mkdirSync(path)
  return {
    path,
    write(file, text) {
      mkdirSync(dirname(join(path, file)), { recursive: true })
      writeFileSync(join(path, file), text)
    },
    run: (command, environment = {}) =>
      promisify(execFile)('bash', ['-c', command], { cwd: path, env: environmentOf(environment), timeout: 600_000 }).catch(
        (error: { stdout?: string; stderr?: string; message: string }) => {
          throw new Error(`${command}\n${error.stdout ?? ''}${error.stderr ?? ''}${error.message}`)
        },
      ),
  }
}

function environmentOf(more: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const PATH = [dirname(process.execPath), withoutBin].join(delimiter)
  // What npm tells the scripts of this repository is not meant for another project.
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^npm_(?!config_(?:registry|cafile|proxy|https_proxy))/i.test(name),
  )
  return {
    ...Object.fromEntries(inherited),
    NODE_OPTIONS: '',
    NODE_TEST_CONTEXT: '',
    npm_config_prefer_offline: 'true',
    npm_config_audit: 'false',
    npm_config_fund: 'false',
    npm_config_update_notifier: 'false',
    npm_config_loglevel: 'error',
    PATH,
    ...more,
  }
}
