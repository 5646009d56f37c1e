import { setTimeout as delay } from 'node:timers/promises'
import type { Command } from 'commander'
import type { AnyApp, ProjectionStatus, RebuildStatus } from '../runtime/app.ts'
import { addCommand, optionsOf } from './command.ts'
import { exitCode } from './exit-code.ts'
import { interruptSignal } from './interrupt.ts'
import { openApp } from './open.ts'
import { printJson, printLine, say, suggest } from './output.ts'
import { grouped, progress } from './progress.ts'
import { tableOf } from './table.ts'

const pollIntervalMs = 200

/** `khata projections`: how far each view is, and rebuilding one. */
export function addProjections(program: Command): void {
  const projections = addCommand(program, {
    usage: 'projections',
    summary: 'list the projections, or rebuild one',
    examples: ['khata projections', 'khata projections rebuild balances', 'khata projections cancel balances'],
  }).action(async (_options, command: Command) => {
    const options = optionsOf(command)
    await using app = await openApp(options, { parts: true })
    const list = await app.projections.list()
    if (options.json) return printJson(list, true)
    const rows = list.map((status) => [status.name, status.mode, grouped(status.documents), standing(status), fedBy(status)])
    for (const line of tableOf(['NAME', 'MODE', 'DOCUMENTS', 'STANDING', 'FED BY'], rows)) await printLine(line)
  })

  addCommand(projections, {
    usage: 'rebuild <name>',
    summary: 'build a projection anew beside the live one, which answers until the new one takes over',
    examples: ['khata projections rebuild balances', 'khata projections rebuild balances --detach'],
  })
    .option('--detach', 'ask for it and leave: a running server does it')
    .action(async (name: string, _options, command: Command) => {
      const options = optionsOf<{ detach?: boolean }>(command)
      await using app = await openApp(options, { parts: true, views: options.detach ? false : 'if-nobody-else' })
      const asked = await app.projections.rebuild(name)
      if (options.detach) return suggest(`See how far it is: khata projections`)
      const ended = await watch(app, name, asked, interruptSignal())
      if (options.json) await printJson(ended, true)
      if (ended.state === 'live') return say(`${name} is rebuilt and live: ${grouped(ended.head)} events.`)
      say(ended.state === 'cancelled' ? `Cancelled; the live ${name} stays.` : `${name} was not rebuilt: ${ended.error}`)
      process.exitCode = exitCode.refused
    })

  addCommand(projections, {
    usage: 'cancel <name>',
    summary: 'end a running rebuild; the live one stays',
    examples: ['khata projections cancel balances'],
  }).action(async (name: string, _options, command: Command) => {
    await using app = await openApp(optionsOf(command), { parts: true })
    await app.projections.cancelRebuild(name)
    say(`Cancelled; the live ${name} stays.`)
  })
}

/** Shows how far a rebuild is until it ends; an interrupt cancels it. */
async function watch(app: AnyApp, name: string, asked: RebuildStatus, interrupted: AbortSignal): Promise<RebuildStatus> {
  const bar = progress(`Rebuilding ${name}`)
  let seen = asked
  while (seen.state === 'requested' || seen.state === 'building') {
    bar.show(seen.position, seen.head, { perSecond: seen.eventsPerSecond, etaMs: seen.etaMs })
    if (interrupted.aborted) await app.projections.cancelRebuild(name)
    await delay(interrupted.aborted ? 0 : pollIntervalMs, undefined, { signal: interrupted }).catch(() => {})
    const { rebuild } = await app.projections.status(name)
    // A generation that is no longer the newest took over before a newer one was asked for.
    seen = rebuild?.generation === asked.generation ? rebuild : { ...seen, state: 'live' }
  }
  bar.end()
  return seen
}

/** Who feeds a view, in a few words: with several shards, how many each process has. */
function fedBy({ shards, feeders }: ProjectionStatus): string {
  if (feeders.length === 0) return 'nobody'
  if (shards === 1) return feeders.map((feeder) => feeder.process).join()
  const free = shards - feeders.reduce((sum, feeder) => sum + feeder.shards, 0)
  const shares = feeders.map((feeder) => `${feeder.process} (${feeder.shards} of ${shards})`)
  return [...shares, ...(free > 0 ? [`nobody (${free})`] : [])].join(', ')
}

function standing({ state, lag, error, rebuild }: ProjectionStatus): string {
  const place = lag === 0 ? 'up to date' : `${grouped(lag)} events behind`
  const why = error === null ? '' : `, ${state}: ${error}`
  const building = rebuild && (rebuild.state === 'requested' || rebuild.state === 'building')
  return `${place}${why}${building ? `, rebuild at ${Math.floor(rebuild.progress * 100)} %` : ''}`
}
