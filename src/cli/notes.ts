import type { Command } from 'commander'
import { several, wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { noteLine } from './dead-letter-lines.ts'
import { openApp } from './open.ts'
import { printJson, printLine, say } from './output.ts'
import { tableOf } from './table.ts'

interface NotesOptions {
  readonly event?: readonly string[]
  readonly kind?: readonly string[]
  readonly limit: number
}

const mostNotes = 1_000

/** `khata notes`: failures and what operators did, newest last. */
export function addNotes(program: Command): void {
  addCommand(program, {
    usage: 'notes',
    summary: 'list what happened in the handling of events, and who did what',
    examples: [
      'khata notes',
      'khata notes --kind discarded --kind retried',
      'khata notes --event 019b2a4e-7c11-7d20-9d4b-0e8f5b1c2a33 --json',
    ],
  })
    .option('--event <id>', 'of this event; may be given several times', several)
    .option('--kind <kind>', 'of this kind, such as failed, parked, retried, discarded, paused; several times', several)
    .option(
      '--limit <number>',
      `the newest so many, or of some events the first; at most ${mostNotes}`,
      wholeNumber(1, mostNotes),
      100,
    )
    .action(async (_options, command: Command) => {
      const { event, kind, limit, json, ...options } = optionsOf<NotesOptions>(command)
      await using app = await openApp(options)
      const found = await app.reactions.notes({
        limit,
        ...(event && { eventIds: event }),
        ...(kind && { kinds: kind }),
      })
      const notes = [...found].sort((one, other) => (one.id < other.id ? -1 : 1))
      if (json) {
        for (const note of notes) await printJson(note, true)
        return
      }
      if (notes.length === 0) return say('There are no such notes.')
      const rows = notes.map((note) => [note.at, shortened(noteLine(note)), note.consumer ?? '', note.eventId ?? ''])
      for (const line of tableOf(['AT', 'WHAT', 'CONSUMER', 'EVENT'], rows)) await printLine(line)
    })
}

/** What fits into a column; all of it is in `--json`. */
function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ')
  return line.length > 80 ? `${line.slice(0, 79)}…` : line
}
