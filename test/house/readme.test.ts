/**
 * Every program and every command in the documents is run as it stands there.
 *
 * - A `ts` block is a whole module. It must compile, and it is run: one with `defineConfig` as the config of a server,
 *   one with `node:test` as a test, any other as a program that ends with 0. If a `text` block follows, at once or
 *   behind a `sh` block, that is what the program prints.
 * - A `sh` block is a command per line, run in order, while `npm start` runs on port 3000 (another one here). `curl` must
 *   answer JSON, and no error unless the paragraph before names its status; with `-N` it must show what happens
 *   meanwhile. Anything else must end with 0. What a fresh folder is needed for, the test of the packed package runs.
 * - A `khata` or `npm run` command in a sentence must exist.
 *
 * A command that fits no rule fails here: give it a rule, or do not print it.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { promisify } from 'node:util'
import { assertNone } from './assert-none.ts'
import { type Block, blocksOf, commandsOf, inlineCodeOf } from './document.ts'
import { root } from './sources.ts'

const documents = ['README.md', 'docs/guide.md', 'docs/operations.md']
const blocks = documents.flatMap(blocksOf)
const programs = blocks.filter(({ language }) => language === 'ts')
const shells = blocks.filter(({ language }) => language === 'sh')

/** What `test/packed` runs, because it needs the packed package in a fresh folder. */
const inFreshFolder = /^(npm init -y|npm install \.\.\/khata\/|node bank\.ts$)/
/** What this test does itself: the server that it starts, and the gate that it is part of. */
const byItself = /^npm (start|test)$/

const folder = mkdtempSync(join(tmpdir(), 'khata-document-'))
const { NODE_TEST_CONTEXT, ...inherited } = process.env
const environment = {
  ...inherited,
  PATH: [join(root, 'node_modules/.bin'), process.env['PATH']].join(delimiter),
  KHATA_STORE: `sqlite:${join(folder, 'shop.db')}`,
  ACCOUNTS_FOLDER: join(folder, 'accounts'),
  API_SECRET: 'only for this test',
}
const call = (program: string, args: readonly string[], more: NodeJS.ProcessEnv = {}) =>
  promisify(execFile)(program, args, { cwd: folder, env: { ...environment, ...more }, timeout: 300_000 })

let server: ChildProcess
let port = 0

before(async () => {
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  symlinkSync(join(root, 'khata.config.ts'), join(folder, 'khata.config.ts'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  server = spawn('npm', ['start'], {
    cwd: root,
    env: { ...environment, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [, own] = await shows(server, /http:\/\/[^:/]+:(\d+)[\s\S]*Ctrl-C/)
  port = Number(own)
})

after(async () => {
  server.kill('SIGTERM')
  await new Promise((resolve) => server.once('close', resolve))
  rmSync(folder, { recursive: true, force: true })
})

test('every program in the documents compiles', async () => {
  const tsconfig = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { noUnusedLocals: false, typeRoots: [join(root, 'node_modules/@types')] },
    include: ['program-*.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  for (const [index, { text }] of programs.entries()) writeFileSync(join(folder, `program-${index}.ts`), text)
  const { stdout } = await call('tsc', ['-p', 'tsconfig.json', '--pretty', 'false']).catch((error) => error)
  const found = stdout.replace(/program-(\d+)\.ts/g, (_: string, index: string) => programs[Number(index)]?.place ?? '')
  assert.equal(found, '')
})

describe('every program in the documents runs', () => {
  for (const [index, block] of programs.entries()) {
    test(`the program at ${block.place} does what is said of it`, () => runProgram(block, `program-${index}`))
  }
})

describe('every command in the documents works', () => {
  for (const block of shells) {
    test(`the commands at ${block.place} do what is said of them`, async () => {
      for (const command of commandsOf(block)) await runCommand(command, block)
    })
  }
})

test('commands named in sentences exist', async () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { stdout: help } = await call('khata', ['--help'])
  const commands = new Set([...help.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name]) => name))
  const wrong = documents.flatMap(inlineCodeOf).filter((code) => {
    const command = /^(?:npx )?khata ([a-z]+)/.exec(code)?.[1]
    const script = /^npm run ([\w:]+)/.exec(code)?.[1]
    return (command !== undefined && !commands.has(command)) || (script !== undefined && !(script in scripts))
  })
  assertNone(wrong)
})

async function runProgram(block: Block, name: string): Promise<void> {
  const file = join(folder, `${name}.ts`)
  writeFileSync(file, block.text)
  if (block.text.includes('defineConfig(')) return runAsConfig(file)
  const isTest = block.text.includes("from 'node:test'")
  const args = ['--conditions=khata-source', '--disable-warning=ExperimentalWarning', ...(isTest ? ['--test'] : []), file]
  const { stdout } = await call('node', args)
  if (isTest) assert.match(stdout, /^. pass [1-9]/m)
  const output = outputOf(block)
  if (output !== null) assert.equal(stdout, output)
}

async function runAsConfig(file: string): Promise<void> {
  const args = ['start', '--config', file, '--port', '0', '--json']
  const started = spawn('khata', args, {
    cwd: folder,
    env: { ...environment, KHATA_STORE: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const ended = new Promise((resolve) => started.once('close', resolve))
  await shows(started, /"url"/)
  started.kill('SIGTERM')
  assert.equal(await ended, 0)
}

/** The `text` block that says what a program prints. */
function outputOf(block: Block): string | null {
  const [next, afterNext] = blocks.slice(blocks.indexOf(block) + 1)
  if (next?.language === 'text') return next.text
  return next?.language === 'sh' && afterNext?.language === 'text' && afterNext.before.trim() === '' ? afterNext.text : null
}

async function runCommand(command: string, { place, before }: Block): Promise<void> {
  if (byItself.test(command) || inFreshFolder.test(command)) return
  const here = command.replaceAll('localhost:3000', `localhost:${port}`)
  if (/^curl\b.* -\w*N\b/.test(command)) return follows(here)
  if (/^curl /.test(command)) return answers(here, before)
  assert.match(command, /^npx khata /, `${place}: there is no rule for this command`)
  await call('bash', ['-c', here])
}

async function answers(command: string, before: string): Promise<void> {
  const { stdout } = await call('bash', ['-c', `${command} --write-out '\\n%{http_code}'`])
  const [, body = '', status = ''] = /^([\s\S]*)\n(\d+)$/.exec(stdout) ?? []
  JSON.parse(body)
  assert.ok(status === '200' || before.includes(status), `${command}\nanswered ${status}: ${body}`)
}

async function follows(command: string): Promise<void> {
  const following = spawn('bash', ['-c', `exec ${command}`], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const shown = shows(following, /^data: .*MoneyDeposited/m)
  const deposits = setInterval(() => {
    void call('khata', ['execute', 'Deposit', '{"accountId":"ACC-001","amount":1}']).catch(() => {})
  }, 1_000)
  try {
    await shown
  } finally {
    clearInterval(deposits)
    following.kill()
  }
}

/** Waits until a process has printed something, and answers the match. */
async function shows(child: ChildProcess, pattern: RegExp): Promise<RegExpExecArray> {
  let text = ''
  return new Promise((resolve, reject) => {
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk
      const match = pattern.exec(text)
      if (match) resolve(match)
    })
    child.once('close', (code) => reject(new Error(`ended with ${code} before it showed ${pattern}:\n${text}`)))
  })
}
