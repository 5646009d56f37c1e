/**
 * How long a large project takes to type-check: 30 aggregates with 10 events and 10 commands each, their app and 300
 * calls, against Khata's declarations as they are published. The goal is about 2 s with `skipLibCheck`.
 *
 *     node bench/types/main.ts [--json]
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { projectFiles } from './project.ts'

const root = join(import.meta.dirname, '../..')
const place = join(root, '.bench/types')
const tsc = join(root, 'node_modules/typescript/bin/tsc')
const rounds = 3

/** What one run of the compiler reported. */
interface Run {
  readonly project: string
  readonly skipLibCheck: boolean
  readonly seconds: number
  readonly types: number
  readonly instantiations: number
  readonly memoryMb: number
}

const compilerOptions = {
  target: 'es2023',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  allowImportingTsExtensions: true,
  noEmit: true,
  types: ['node'],
}

function prepare(): void {
  rmSync(place, { recursive: true, force: true })
  const khata = join(place, 'node_modules/khata')
  mkdirSync(khata, { recursive: true })
  const emit = [
    '-p',
    root,
    '--noEmit',
    'false',
    '--emitDeclarationOnly',
    '--declaration',
    '--outDir',
    join(place, 'emitted'),
    '--rootDir',
    root,
  ]
  spawnSync(process.execPath, [tsc, ...emit], { stdio: 'ignore' })
  cpSync(join(place, 'emitted/src'), join(khata, 'dist'), { recursive: true })
  const manifest = { name: 'khata', version: '0.0.0', type: 'module', exports: { '.': { types: './dist/index.d.ts' } } }
  writeFileSync(join(khata, 'package.json'), JSON.stringify(manifest))
  for (const [name, source] of projectFiles()) writeFileSync(join(place, name), source)
}

function check(project: string, include: readonly string[], skipLibCheck: boolean): Run {
  const config = join(place, `tsconfig.${project}.json`)
  writeFileSync(config, JSON.stringify({ compilerOptions: { ...compilerOptions, skipLibCheck }, include }))
  const runs = Array.from({ length: rounds }, () => {
    const report = execFileSync(process.execPath, [tsc, '-p', config, '--extendedDiagnostics'], { encoding: 'utf8' })
    const figure = (name: string): number => Number(report.match(new RegExp(`^${name}:\\s+([\\d.]+)`, 'm'))?.[1])
    return {
      project,
      skipLibCheck,
      seconds: figure('Total time'),
      types: figure('Types'),
      instantiations: figure('Instantiations'),
      memoryMb: Math.round(figure('Memory used') / 1024),
    }
  })
  return runs.sort((a, b) => a.seconds - b.seconds)[rounds >> 1] as Run
}

prepare()
const runs = [check('aggregates', ['thing-*.ts'], true), check('app', ['*.ts'], true), check('app', ['*.ts'], false)]
if (process.argv.includes('--json')) console.log(JSON.stringify(runs, null, 2))
else console.table(runs)
