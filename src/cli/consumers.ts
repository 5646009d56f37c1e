import type { Command } from 'commander'
import type { ConsumerStatus } from '../runtime/app.ts'
import { person, position } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { openApp } from './open.ts'
import { operatorOf } from './operator.ts'
import { printJson, printLine, say, suggest } from './output.ts'
import { grouped } from './progress.ts'
import { tableOf } from './table.ts'

interface SteeringOptions {
  readonly user?: string
  readonly reason?: string
}

/** `khata consumers`: how far reactors and processes are, and steering them. */
export function addConsumers(program: Command): void {
  const consumers = addCommand(program, {
    usage: 'consumers',
    summary: 'list reactors and processes; pause, resume or rewind one',
    examples: [
      'khata consumers',
      'khata consumers pause welcome-mail --reason "the mail server moves"',
      'khata consumers resume welcome-mail',
      'khata consumers rewind welcome-mail 1200',
    ],
  }).action(async (_options, command: Command) => {
    const options = optionsOf(command)
    await using app = await openApp(options, { parts: true })
    const list = await app.reactions.list()
    if (options.json) return printJson(list, true)
    const rows = list.map((status) => [status.name, grouped(status.position), String(status.parked), standing(status)])
    for (const line of tableOf(['NAME', 'POSITION', 'DEAD LETTERS', 'STANDING'], rows)) await printLine(line)
    if (list.some(({ parked }) => parked > 0)) suggest('What waits, and why: khata dead-letters')
  })

  addCommand(consumers, {
    usage: 'pause <name>',
    summary: 'begin nothing more until it is resumed; what is in work is finished',
    examples: ['khata consumers pause welcome-mail --reason "the mail server moves"'],
  })
    .option('--reason <text>', 'shown to whoever looks')
    .option('--user <id>', 'who does it, for the note; default the account', person)
    .action(async (name: string, _options, command: Command) => {
      const { reason, user, ...options } = optionsOf<SteeringOptions>(command)
      await using app = await openApp(options, { parts: true })
      await app.reactions.pause(name, { ...operatorOf(user), ...(reason !== undefined && { reason }) })
      if (options.json) return printJson(await app.reactions.status(name), true)
      say(`${name} is paused.`)
      suggest(`Go on: khata consumers resume ${name}`)
    })

  addCommand(consumers, {
    usage: 'resume <name>',
    summary: 'go on where it was paused, or stopped by itself',
    examples: ['khata consumers resume welcome-mail'],
  })
    .option('--user <id>', 'who does it, for the note; default the account', person)
    .action(async (name: string, _options, command: Command) => {
      const { user, ...options } = optionsOf<SteeringOptions>(command)
      await using app = await openApp(options, { parts: true })
      await app.reactions.resume(name, operatorOf(user))
      if (options.json) return printJson(await app.reactions.status(name), true)
      say(`${name} goes on.`)
    })

  addCommand(consumers, {
    usage: 'rewind <name> <position>',
    summary: 'set a paused one to a position: effects after it are repeated, commands take effect once',
    examples: ['khata consumers rewind welcome-mail 1200', 'khata consumers rewind points 0'],
  })
    .option('--user <id>', 'who does it, for the note; default the account', person)
    .action(async (name: string, to: string, _options, command: Command) => {
      const { user, ...options } = optionsOf<SteeringOptions>(command)
      const place = position(to)
      await using app = await openApp(options, { parts: true })
      await app.reactions.rewind(name, place, operatorOf(user))
      if (options.json) return printJson(await app.reactions.status(name), true)
      say(`${name} is at position ${grouped(place)}.`)
      suggest(`Go on from there: khata consumers resume ${name}`)
    })
}

/** What is known without being the process that runs it. */
function standing({ state, reason, lag, retrying }: ConsumerStatus): string {
  const place = lag === 0 ? 'up to date' : `${grouped(lag)} events behind`
  const why = reason === null ? '' : `: ${reason}`
  const halted = state === 'paused' || state === 'stopped' ? `, ${state}` : ''
  return `${place}${halted}${why}${retrying > 0 ? `, ${grouped(retrying)} being retried` : ''}`
}
