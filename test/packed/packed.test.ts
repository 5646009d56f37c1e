/** The package as somebody gets it: packed, installed into fresh projects, compiled and run there. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Block, blocksOf, commandsOf } from '../house/document.ts'
import { machinePath, makeProject, type Project, pack } from './project.ts'

const root = resolve(import.meta.dirname, '../..')
const tsc = join(root, 'node_modules/.bin/tsc')
const compilerOptions = {
  target: 'es2023',
  module: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: false,
  types: ['node'],
  noEmit: true,
}

const readme = blocksOf('README.md')
const example = blockWith((block) => block.language === 'ts' && block.before.includes('`bank.ts`'))
const installing = blockWith((block) => block.language === 'sh' && block.text.includes('npm install ../khata/'))
const printed = blockWith((block) => readme.indexOf(block) === readme.indexOf(installing) + 1)

function blockWith(fits: (block: Block) => boolean): Block {
  const found = readme.find(fits)
  assert.ok(found, 'README.md has no first app that can be installed and run')
  return found
}

let packed: Awaited<ReturnType<typeof pack>>
let project: Project

before(async () => {
  packed = await pack()
  project = makeProject(packed.folder, 'project')
  project.write('bank.ts', example.text)
})
after(() => packed?.[Symbol.dispose]())

test('the package holds what its exports name, and no source, test or example', () => {
  const files = execFileSync('tar', ['-tzf', packed.file]).toString().trim().split('\n')
  const paths = new Set(files.map((file) => file.replace(/^package\//, './')))
  const { exports, bin } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  for (const target of Object.values<string | { types: string; default: string }>(exports)) {
    const wanted = typeof target === 'string' ? [target] : [target.types, target.default]
    for (const path of wanted) assert.ok(paths.has(path), `${path} is missing`)
  }
  for (const path of [`./${bin.khata}`, './LICENSE', './README.md', './dist/sqlite/writer-worker.js']) {
    assert.ok(paths.has(path), `${path} is missing`)
  }
  const strange = [...paths].filter(
    (path) => !/^\.\/(dist\/.*\.(js|d\.ts)|bin\/khata\.js|[^/]+\.(md|json)|LICENSE)$/.test(path),
  )
  assert.deepEqual(strange, [])
  assert.deepEqual(
    [...paths].filter((path) => /\.test\.|\.fixture\./.test(path)),
    [],
  )
})

describe('a fresh project with the peer that is asked for', () => {
  test('the first app of the README is installed and run as it is printed there', async () => {
    let output = ''
    for (const command of commandsOf(installing)) output = (await project.run(command)).stdout
    assert.equal(output, printed.text)
    assert.equal(existsSync(join(project.path, 'node_modules/fastify')), false)
  })

  test('it compiles with every strict option and the declarations of the package checked, with or without those of Node', async () => {
    const names = ['khata', 'khata/config', 'khata/ports', 'khata/sqlite', 'khata/testing']
    project.write('all.ts', names.map((name, index) => `export * as all${index} from '${name}'\n`).join(''))
    project.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...compilerOptions, types: [] } }))
    await project.run(`${tsc} -p .`)
    await project.run('npm install --save-dev @types/node')
    project.write('tsconfig.json', JSON.stringify({ compilerOptions }))
    await project.run(`${tsc} -p .`)
  })

  test('a mistake in it does not compile, at the place where it is', async () => {
    project.write(
      'wrong.ts',
      example.text.replace(
        "execute('Deposit', { accountId, amount: 10_000 })",
        "execute('Deposit', { accountId, amuont: 10_000 })",
      ),
    )
    await assert.rejects(project.run(`${tsc} -p .`), /wrong\.ts\(\d+,\d+\): error TS\d+: .*amuont/s)
    await project.run('rm wrong.ts bank.db*')
  })

  test('it runs by require', async () => {
    project.write('by-require/bank.cts', example.text)
    const options = { ...compilerOptions, noEmit: false, outDir: '../required', rootDir: '.' }
    project.write('by-require/tsconfig.json', JSON.stringify({ compilerOptions: options, include: ['bank.cts'] }))
    await project.run(`${tsc} -p by-require`)
    assert.match(readFileSync(join(project.path, 'required/bank.cjs'), 'utf8'), /require\("khata"\)/)
    assert.equal((await project.run('node required/bank.cjs')).stdout, printed.text)
  })

  test('every sub-path that needs no other peer loads by import and by require', async () => {
    for (const name of ['khata', 'khata/config', 'khata/ports', 'khata/sqlite', 'khata/testing']) {
      await project.run(`node --input-type=module -e "await import('${name}')"`)
      await project.run(`node --input-type=commonjs -e "require('${name}')"`)
    }
  })

  test('the command line reads and writes the store that the app made', async () => {
    project.write(
      'khata.config.ts',
      "import { defineConfig } from 'khata/config'\nexport default defineConfig({ use: [], store: 'sqlite:bank.db' })\n",
    )
    const { stdout } = await project.run('npx khata events --json')
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line).type),
      ['AccountOpened', 'MoneyDeposited', 'MoneyWithdrawn'],
    )
    assert.match((await project.run('npx khata verify')).stderr, /3 events/)
  })
})

describe('a fresh project with a server', () => {
  const served = `import { serve } from 'khata/http'
${example.text.replace(/async function main[\s\S]*/, '')}
async function main() {
  const app = await khata({ store: 'sqlite::memory:', use: [account, balances] })
  await using server = await serve(app, { port: 0 })
  const answer = await fetch(server.url + '/api/commands/OpenAccount', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ accountId: 'A-1', owner: 'Ayesha' }),
  })
  console.log(answer.status)
  await server.close()
  await app.close()
}
main()
`

  test('khata/http compiles and serves with its peers, by import and by require', async () => {
    const server = makeProject(packed.folder, 'server')
    await server.run('npm init -y && npm pkg set type=module')
    await server.run(
      `npm install ${packed.file} zod fastify @fastify/rate-limit @fastify/swagger-ui && npm install --save-dev @types/node`,
    )
    server.write('main.ts', served)
    server.write('khata.config.ts', "import { defineConfig } from 'khata/config'\nexport default defineConfig({ use: [] })\n")
    server.write('bank.cts', served)
    server.write('tsconfig.json', JSON.stringify({ compilerOptions: { ...compilerOptions, noEmit: false, outDir: 'out' } }))
    await server.run(`${tsc} -p .`)
    assert.equal((await server.run('node out/main.js')).stdout, '200\n')
    assert.equal((await server.run('node out/bank.cjs')).stdout, '200\n')
  })
})

describe('a Node that is too old', () => {
  const version = /v(\d+)\..*/.exec(
    safely(() => execFileSync('node', ['--version'], { env: { PATH: machinePath } }).toString()),
  )
  const skip = version && Number(version[1]) < 24 ? false : 'the Node of this machine is not too old, or there is none'
  const line = `Khata needs Node 24 or later; this is ${version?.[0].trim()}`

  test('the command line says so in one line', { skip }, async () => {
    const { stderr } = await project.run('./node_modules/.bin/khata events || test $? = 3', { PATH: machinePath })
    assert.equal(stderr, `${line}\n`)
  })

  test('import and require say so in one line', { skip }, async () => {
    project.write('old.mjs', "await import('khata').catch((error) => console.log(error.stack))\n")
    assert.equal((await project.run('node old.mjs', { PATH: machinePath })).stdout, `Error: ${line}\n`)
    for (const name of ['khata', 'khata/testing', 'khata/config']) {
      project.write('static.mjs', `import '${name}'\n`)
      const { stderr } = await project.run('node static.mjs || test $? = 3', { PATH: machinePath })
      assert.equal(stderr, `${line}\n`, name)
    }
  })
})

function safely(work: () => string): string {
  try {
    return work()
  } catch {
    return ''
  }
}
