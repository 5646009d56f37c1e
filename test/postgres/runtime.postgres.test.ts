/** The behaviours of the runtime, as its own tests tell them, with PostgreSQL under it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { globSync } from 'node:fs'
import { resolve } from 'node:path'
import { test } from 'node:test'
import { newDatabase } from '../../src/postgres/database.fixture.ts'

const root = resolve(import.meta.dirname, '../..')
const files = globSync('src/runtime/**/*.sqlite.test.ts', { cwd: root }).sort()

/** Tests that have no sense here, each with the reason. */
const skipped: Readonly<Record<string, string>> = {
  'RUN-43 a copied store': 'copies the file of a store',
  'a token of another store, and of this one before a restore': 'restores a file',
  'RUN-46 a (reactor|view) does not': 'restores a file',
  'what a rebuild replaced is removed when its time is over':
    'looks into the file; what is dropped here, drop-view.postgres.test.ts asks',
  'what was discarded for a document is remembered': 'writes 100,000 notes, which takes long here and shows the same',
  'RUN-5 a lane whose letter is ahead': 'its event ids are no UUIDs, which a uuid column refuses',
}

function run(file: string, database: string, signal: AbortSignal): Promise<string> {
  const preload = resolve(import.meta.dirname, 'use-postgres.ts')
  const env: NodeJS.ProcessEnv = { ...process.env, KHATA_TEST_DATABASE: database }
  // Otherwise the tests inside would report to this file's runner in its own language.
  delete env['NODE_TEST_CONTEXT']
  const args = ['--conditions=khata-source', `--import=${preload}`, '--test-reporter=spec']
  for (const name of Object.keys(skipped)) args.push(`--test-skip-pattern=${name}`)
  args.push(file)
  const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
  signal.addEventListener('abort', () => child.kill('SIGKILL'))
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      said += data
    })
  }
  return new Promise((done) => {
    child.on('close', (code) => done(code === 0 ? '' : said))
  })
}

for (const file of files) {
  test(`${file} holds over PostgreSQL`, { timeout: 600_000 }, async ({ signal }) => {
    assert.equal(await run(file, await newDatabase(), signal), '')
  })
}
