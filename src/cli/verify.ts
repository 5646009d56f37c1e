import type { Command } from 'commander'
import type { AnyApp } from '../runtime/app.ts'
import { consumerOf } from '../runtime/generations.ts'
import { addCommand, optionsOf } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openApp } from './open.ts'
import { printJson, printLine, say } from './output.ts'
import { grouped, progress } from './progress.ts'

/** So many waiting documents of a view are shown. */
const waitingLimit = 100

/** `khata verify`: whether the log is whole and every view equals a fresh fold of it. */
export function addVerify(program: Command): void {
  addCommand(program, {
    usage: 'verify',
    summary: 'check that the log is whole and that every view agrees with it',
    examples: ['khata verify', 'khata verify --store sqlite:backup.db', 'khata verify --json'],
  }).action(async (_options, command: Command) => {
    const options = optionsOf(command)
    await using app = await openApp(options, { views: 'if-nobody-else' })
    const findings = [...(await verifyLog(app)), ...(await verifyViews(app))]
    const waiting = await waitingDocuments(app)
    const { position: events } = await app.events.head()
    const views = app.catalogue.views.length
    if (options.json) await printJson({ ok: findings.length === 0, events, views, findings, waiting }, true)
    else for (const line of [...findings, ...waiting.map(waitingLine)]) await printLine(line)
    const checked = `${grouped(events)} events and ${views} views`
    if (findings.length > 0) {
      say(`${checked}: ${findings.length === 100 ? 'at least 100' : findings.length} findings.`)
      process.exitCode = exitCode.refused
    } else if (waiting.length > 0) say(`${checked}: all is well but for what waits behind dead letters.`)
    else say(`${checked}: all is well.`)
  })
}

async function verifyLog(app: AnyApp): Promise<readonly string[]> {
  const bar = progress('Verifying the log')
  const findings = await app.engine.verify(bar.show)
  bar.end()
  return findings
}

async function verifyViews(app: AnyApp): Promise<readonly string[]> {
  const findings: string[] = []
  for (const { name } of app.catalogue.views) {
    const bar = progress(`Verifying ${name}`)
    findings.push(...(await app.projections.verify(name, bar.show)))
    bar.end()
  }
  return findings
}

interface WaitingDocument {
  readonly view: string
  readonly document: string
  readonly position: number
  readonly deadLetter: string
  readonly error: string
}

/** Documents of views that wait behind dead letters: no fault of the store, and not answered as if they were whole. */
async function waitingDocuments(app: AnyApp): Promise<readonly WaitingDocument[]> {
  const waiting: WaitingDocument[] = []
  for (const { name } of app.catalogue.views) {
    for (const generation of await app.engine.work.generations(name)) {
      if (generation.state !== 'live') continue
      const { items } = await app.reactions.deadLetters({ consumer: consumerOf(generation), limit: waitingLimit })
      for (const { id, lane, position, error } of items) {
        waiting.push({ view: name, document: lane, position, deadLetter: id, error })
      }
    }
  }
  return waiting
}

function waitingLine({ view, document, position, deadLetter, error }: WaitingDocument): string {
  const what = `${view}: the document '${document}' waits behind the dead letter ${deadLetter} at position ${position} (${error})`
  return `${what}; correct the handler, then khata dead-letters retry ${deadLetter}, or discard it`
}
