/** Makes a fresh clone ready: dependencies, and among them the Node that everything else runs on. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installIn } from './install.js'

const root = fileURLToPath(new URL('..', import.meta.url))

/** The version of the Node in node_modules, or the reason why it does not run. */
function installedNode() {
  const { stdout, error, status } = spawnSync(join(root, 'node_modules/.bin/node'), ['--version'], { encoding: 'utf8' })
  return status === 0 ? { version: stdout.trim() } : { problem: error ? error.message : `it ended with code ${status}` }
}

installIn(root, 'dependencies and Node')

let node = installedNode()
if (node.problem) {
  // An npm that skips install scripts leaves the package `node` without its program.
  spawnSync(process.execPath, ['installArchSpecificPackage.js'], { cwd: join(root, 'node_modules/node'), stdio: 'inherit' })
  node = installedNode()
}
if (node.problem) {
  process.stderr.write(`The Node in node_modules does not run: ${node.problem}. Remove node_modules and try again.\n`)
  process.exit(1)
}
