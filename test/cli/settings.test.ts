import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { after, test } from 'node:test'
import { type RunOptions, run, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const store = `sqlite:${folder.file('any.db')}`

/** Runs with a config of this text; it must end with code 2 and one line. */
async function refused(config: string | null, args: readonly string[], environment: RunOptions['environment'] = {}) {
  const file = folder.file(`config-${Math.random().toString(36).slice(2)}.mjs`)
  if (config !== null) writeFileSync(file, config)
  const options = { folder: folder.path, environment: { KHATA_STORE: store, ...environment } }
  const ended = await run(config === null ? args : [...args, '--config', file], options)
  assert.equal(ended.code, 2, ended.stderr)
  assert.equal(ended.stdout, '')
  assert.equal(ended.stderr.trimEnd().split('\n').length, 1, ended.stderr)
  return ended.stderr
}

test('a wrong setting of the environment stops the start with one line that names it', async () => {
  const empty = 'export default { use: [] }'
  assert.match(await refused(empty, ['start'], { PORT: 'eighty' }), /PORT must be a whole number/)
  assert.match(await refused(empty, ['start'], { PORT: '70000' }), /PORT must be a whole number/)
  assert.match(await refused(empty, ['start'], { KHATA_ROLES: 'api,cook' }), /KHATA_ROLES: there is no role 'cook'/)
  assert.match(await refused(empty, ['start'], { KHATA_STOER: 'sqlite:a.db' }), /There is no setting KHATA_STOER/)
  assert.match(await refused(empty, ['start'], { KHATA_STORE: 'oracle:db' }), /'oracle:db' is not known/)
})

test('a wrong setting of the config file stops the start with one line that names it', async () => {
  assert.match(await refused('export default { use: [], prot: 1 }', ['start']), /there is no setting 'prot'/)
  assert.match(await refused('export default { use: [], port: "3000" }', ['start']), /the setting 'port' is wrong/)
  assert.match(await refused('export default { port: 3000 }', ['start']), /the setting 'use' is missing/)
  assert.match(await refused('export const use = []', ['start']), /must export its settings/)
  assert.match(await refused('throw new Error("no")', ['start']), /cannot be loaded: no/)
  assert.match(await refused('export default { use: [], host: "0.0.0.0" }', ['start']), /authenticate/)
})

test('a missing config or store says what to do', async () => {
  assert.match(await refused(null, ['start']), /There is no khata\.config\.ts here.*--config FILE/)
  assert.match(await refused(null, ['events'], { KHATA_STORE: '' }), /No store is named: give --store/)
  assert.match(await refused(null, ['events', '--config', 'nowhere.ts']), /There is no config file nowhere\.ts/)
})

test('the path of a store in a config file is beside that file', async () => {
  const { mkdirSync, existsSync } = await import('node:fs')
  mkdirSync(folder.file('inner'))
  writeFileSync(folder.file('inner/khata.config.mjs'), "export default { use: [], store: 'sqlite:kept.db', port: 0 }")
  const ended = await run(['execute', 'Nothing', '{}', '--config', 'inner/khata.config.mjs'], { folder: folder.path })
  assert.equal(ended.code, 2)
  assert.equal(existsSync(folder.file('inner/kept.db')), true)
})

test('help shows examples first and the exit codes, and an unknown command is corrected', async () => {
  const help = await run(['--help'])
  assert.equal(help.code, 0)
  assert.match(help.stdout, /^Examples:/)
  assert.match(help.stdout, /Exit codes: 0 done/)
  const events = await run(['events', '--help'])
  assert.match(events.stdout, /^Examples:\n {2}\$ khata events/)
  const unknown = await run(['evnts'])
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /Did you mean events\?/)
  assert.equal((await run(['events', '--limit', 'many'])).code, 2)
  assert.equal((await run([])).code, 2)
})
