import type { Command } from 'commander'
import { examineStore } from '../engines.ts'
import { isKhataError } from '../model/error.ts'
import { withoutSecrets } from '../model/without-secrets.ts'
import type { Examination, Finding, Measure } from '../ports/examination.ts'
import { addCommand, optionsOf } from './command.ts'
import { examineGrowth } from './doctor-growth.ts'
import { examineLag } from './doctor-lag.ts'
import { exitCode } from './exit-code.ts'
import { openStore, storeOf } from './open.ts'
import { printJson, printLine, say, styled } from './output.ts'
import { grouped } from './progress.ts'
import { type GlobalOptions, readSettings } from './settings.ts'
import { tableOf } from './table.ts'

const secondLookMs = 1_500
const leastBytesShown = 256 * 1024
const leastRowsShown = 1_000

/** `khata doctor`: how a store is, what needs attention, and what to do about it. */
export function addDoctor(program: Command): void {
  addCommand(program, {
    usage: 'doctor',
    summary: 'sizes, growth, lag, what blocks, and settings that endanger data, each with what to do',
    examples: ['khata doctor', 'khata doctor --store postgres://khata@db.example/shop --json', 'khata doctor --deep'],
  })
    .option('--deep', 'SQLite: also read every page of the file, which may take minutes')
    .action(async (_options, command: Command) => {
      const options = optionsOf<{ deep?: boolean }>(command)
      const name = storeOf(await readSettings(options, process.env))
      const engine = await examineStore(name, { deep: options.deep ?? false })
      const bytes = engine.measures.filter(({ about, unit }) => about === 'size' && unit === 'bytes')
      const total = bytes.reduce((sum, { value }) => sum + Number(value), 0)
      // While somebody blocks the log, it is not asked: that is what there is to say.
      const isBlocked = engine.findings.some(({ about }) => about === 'blocking')
      const log = isBlocked ? [] : await examineLog(options, total)
      await show(name, [...log, engine], options.json ?? false)
    })
}

async function examineLog(options: GlobalOptions, bytes: number): Promise<readonly Examination[]> {
  try {
    await using store = await openStore(options)
    const lag = await examineLag(store, secondLookMs)
    return [{ measures: await examineGrowth(store, bytes, Date.now()), findings: [] }, lag]
  } catch (error) {
    if (!isKhataError(error, 'store-older')) throw error
    const advice = 'Start the app with this release, or examine the store with the one that made it.'
    return [{ measures: [], findings: [{ weight: 'advice', about: 'schema', found: `${error.message}.`, advice }] }]
  }
}

async function show(url: string, parts: readonly Examination[], json: boolean): Promise<void> {
  const store = withoutSecrets(url)
  const measures = parts.flatMap((part) => part.measures)
  const findings = parts.flatMap((part) => part.findings)
  const problems = findings.filter(({ weight }) => weight === 'problem')
  if (problems.length > 0) process.exitCode = exitCode.refused
  if (json) return printJson({ ok: problems.length === 0, store, findings, measures }, true)
  const rows = measures.filter(isWorthALine).map((one) => [one.about, one.name, shownValue(one)])
  for (const line of tableOf(['ABOUT', 'WHAT', 'VALUE'], rows)) await printLine(line)
  for (const finding of [...problems, ...findings.filter(({ weight }) => weight === 'advice')]) await printFinding(finding)
  const advice = findings.length - problems.length
  if (findings.length === 0) return say(`${store}: nothing needs attention.`)
  say(`${store}: ${problems.length} need attention, ${advice} advice.`)
}

/** A line for people only where there is something to see: not for each empty table of a small store. */
function isWorthALine({ about, value, unit }: Measure): boolean {
  if (about === 'size' && unit === 'bytes') return Number(value) >= leastBytesShown
  if (['dead rows', 'rows'].includes(about)) return Number(value) >= leastRowsShown
  return about !== 'lag' || value !== 0
}

async function printFinding({ weight, found, advice }: Finding): Promise<void> {
  const mark = weight === 'problem' ? styled('red', 'problem') : styled('yellow', 'advice')
  await printLine(`${mark}: ${found}`)
  await printLine(`  ${advice}`)
}

function shownValue({ value, unit }: Measure): string {
  if (typeof value !== 'number') return String(value)
  if (unit === 'bytes') return bytesOf(value)
  return unit === 'ms' ? `${grouped(value)} ms` : grouped(value)
}

function bytesOf(bytes: number): string {
  if (bytes < 10 * 1024) return `${grouped(bytes)} B`
  const units = ['KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes / 1024
  let unit = 0
  for (; value >= 10 * 1024 && unit < units.length - 1; unit++) value /= 1024
  return `${grouped(Math.round(value))} ${units[unit]}`
}
