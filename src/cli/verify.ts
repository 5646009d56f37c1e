import type { Command } from 'commander'
import { isKhataError } from '../model/error.ts'
import type { AnyApp } from '../runtime/app.ts'
import { consumerOf } from '../runtime/generations.ts'
import { messageOf } from '../runtime/message-of.ts'
import { stillBehind } from './behind.ts'
import { addCommand, optionsOf } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openApp } from './open.ts'
import { printJson, printLine, say } from './output.ts'
import { grouped, progress } from './progress.ts'

/** So many waiting documents of a view are shown. */
const waitingLimit = 100

/** So long all views together are waited for before they are compared. */
const waitMs = 60_000
/** So long one that was up to date may be behind while it is compared. */
const followMs = 5_000

/** `khata verify`: whether the log is whole and every view equals a fresh fold of it. */
export function addVerify(program: Command): void {
  addCommand(program, {
    usage: 'verify',
    summary: 'check that the log is whole and that every view agrees with it',
    examples: ['khata verify', 'khata verify --store sqlite:backup.db', 'khata verify --json'],
  }).action(async (_options, command: Command) => {
    const options = optionsOf(command)
    await using app = await openApp(options, { views: 'if-nobody-else' })
    const findings = [...(await verifyLog(app))]
    const notChecked = await verifyViews(app, findings)
    const waiting = await waitingDocuments(app)
    const { position: events } = await app.events.head()
    const views = app.catalogue.views.length
    const ok = findings.length === 0 && notChecked.length === 0
    if (options.json) await printJson({ ok, events, views, findings, notChecked, waiting }, true)
    else for (const line of [...findings, ...notChecked.map(notCheckedLine), ...waiting.map(waitingLine)]) await printLine(line)
    const compared = notChecked.length === 0 ? views : `${views - notChecked.length} of ${views}`
    const checked = `${grouped(events)} events and ${compared} views`
    if (findings.length > 0) {
      say(`${checked}: ${findings.length === 100 ? 'at least 100' : findings.length} findings.`)
      process.exitCode = exitCode.refused
    } else if (notChecked.length > 0) {
      say(`${checked}: nothing was found; the others cannot be checked now.`)
      process.exitCode = exitCode.unavailable
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

/** A view that cannot be compared with the log now, which is no fault of what is stored. */
interface NotChecked {
  readonly view: string
  readonly reason: string
}

/** Adds what differs in views, and answers those that cannot be compared. */
async function verifyViews(app: AnyApp, findings: string[]): Promise<readonly NotChecked[]> {
  const notChecked: NotChecked[] = []
  const waiting = progress('Waiting for the views')
  const behind = await stillBehind(app, waitMs, waiting)
  waiting.end()
  for (const { name: view } of app.catalogue.views) {
    const reason = behind.get(view) ?? (await verifyOne(app, view, findings))
    if (reason !== null) notChecked.push({ view, reason })
  }
  return notChecked
}

/** Why a view cannot be compared; null when it was, and what differs was added. */
async function verifyOne(app: AnyApp, view: string, findings: string[]): Promise<string | null> {
  const bar = progress(`Verifying ${view}`)
  try {
    findings.push(...(await app.projections.verify(view, bar.show, followMs)))
    return null
  } catch (error) {
    if (!isKhataError(error, 'still-processing') && !isKhataError(error, 'handler-failed')) throw error
    return messageOf(error)
  } finally {
    bar.end()
  }
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

function notCheckedLine({ view, reason }: NotChecked): string {
  return `${view}: not checked: ${reason}`
}

function waitingLine({ view, document, position, deadLetter, error }: WaitingDocument): string {
  const what = `${view}: the document '${document}' waits behind the dead letter ${deadLetter} at position ${position} (${error})`
  return `${what}; correct the handler, then khata dead-letters retry ${deadLetter}, or discard it`
}
