import type { Command } from 'commander'
import type { AnyApp } from '../runtime/app.ts'
import { addCommand, optionsOf } from './command.ts'
import { exitCode } from './exit-code.ts'
import { openApp } from './open.ts'
import { printJson, printLine, say } from './output.ts'
import { grouped, progress } from './progress.ts'

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
    const { position: events } = await app.events.head()
    const views = app.catalogue.views.length
    if (options.json) await printJson({ ok: findings.length === 0, events, views, findings }, true)
    else for (const finding of findings) await printLine(finding)
    const checked = `${grouped(events)} events and ${views} views`
    if (findings.length === 0) return say(`${checked}: all is well.`)
    say(`${checked}: ${findings.length === 100 ? 'at least 100' : findings.length} findings.`)
    process.exitCode = exitCode.refused
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
