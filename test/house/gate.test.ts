/** The gate itself: what counts as passed, what as failed, and that it cannot be fooled by silence. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { promisify } from 'node:util'
import type { Outcome } from '../../scripts/gate/outcome.ts'
import { root } from './sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'khata-gate-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const { NODE_TEST_CONTEXT, ...environment } = process.env
const node = (...args: string[]) => promisify(execFile)(process.execPath, args, { cwd: root, env: environment })

const program = join(folder, 'program.mts')
writeFileSync(
  program,
  `import { runTestFile } from '${join(root, 'scripts/gate/test-file.ts')}'
  console.log(JSON.stringify(await runTestFile(process.argv[2], Number(process.argv[3]))))`,
)

/** What the gate makes of a test file with this text. */
async function outcomeOf(text: string, limitMs = 60_000): Promise<Outcome> {
  const file = join(folder, 'some.test.ts')
  writeFileSync(file, `import { describe, test } from 'node:test'\n${text}`)
  const { stdout } = await node(program, file, String(limitMs))
  return JSON.parse(stdout)
}

test('each test counts, a group does not', async () => {
  const { passed, failures } = await outcomeOf("describe('a group', () => { test('one', () => {}); test('two', () => {}) })")
  assert.deepEqual({ passed, failures }, { passed: 2, failures: [] })
})

test('a failing test is reported with its group, its error and what the file printed', async () => {
  const text = "describe('a group', () => { test('one', () => { console.log('seen'); throw new Error('broken') }) })"
  const { passed, failures } = await outcomeOf(text)
  assert.equal(passed, 0)
  assert.equal(failures.length, 1)
  assert.equal(failures[0]?.title, 'a group › one')
  assert.match(failures[0]?.text ?? '', /broken[\s\S]*seen/)
})

test('a skip without a reason fails, one with a reason is listed', async () => {
  const { failures, skipped } = await outcomeOf(
    "test('one', { skip: true }, () => {})\ntest('two', { skip: 'no disk' }, () => {})",
  )
  assert.deepEqual(
    failures.map(({ title }) => title),
    ['one'],
  )
  assert.deepEqual(skipped, ['two: no disk'])
})

test('a file without a test, one that does not load and one that ends badly all fail', async () => {
  for (const text of ['', "throw new Error('no')", "test('one', () => { process.exitCode = 3 })", "import './nowhere.ts'"]) {
    const { failures } = await outcomeOf(text)
    assert.equal(failures.length, 1, text)
  }
})

test('a file that does not end fails, and the test it hangs in is named', async () => {
  /** With more and more time: how long it takes until the tests run is up to the machine. */
  const endless = async (text: string, how: RegExp): Promise<string> => {
    for (let limitMs = 1_500; ; limitMs *= 4) {
      const said = (await outcomeOf(text, limitMs)).failures.at(-1)?.text ?? ''
      if (how.test(said) || limitMs > 60_000) return said
    }
  }
  const two = "test('one', () => {})\ntest('two', () => new Promise(() => setInterval(() => {}, 1e6)))"
  assert.match(await endless(two, /still running/), /did not end within \d+(\.\d)? s; still running: two/)
  const left = "test('one', () => { setInterval(() => {}, 1e6) })"
  assert.match(await endless(left, /left open/), /something is left open/)
})

test('a run in which no test ran ends with code 1', async () => {
  const ended = await node('scripts/test.ts', 'no-file-has-this-name').catch((error) => error)
  assert.equal(ended.code, 1)
  assert.match(ended.stdout, /No test ran\.\n\n0 passed, 0 failed\n$/)
})
