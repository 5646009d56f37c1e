/** Runs the benchmarks, and first installs the peers they compare with: nobody else pays for those. */
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { installIn } from './install.js'

const root = resolve(import.meta.dirname, '..')
installIn(resolve(root, 'bench'), 'the peers of the benchmarks')
const { status } = spawnSync(
  process.execPath,
  ['--conditions=khata-source', '--disable-warning=ExperimentalWarning', 'bench/main.ts', ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit' },
)
process.exitCode = status ?? 1
