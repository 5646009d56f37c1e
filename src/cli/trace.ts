import type { Command } from 'commander'
import type { ReactionOutcome, TraceNode } from '../runtime/app.ts'
import { addCommand, optionsOf } from './command.ts'
import { noteLine } from './dead-letter-lines.ts'
import { problemLine } from './event-line.ts'
import { openApp } from './open.ts'
import { printJson, printLine, say, styled } from './output.ts'

/** `khata trace`: what caused an event, what it caused, and what reactors and processes made of it. */
export function addTrace(program: Command): void {
  addCommand(program, {
    usage: 'trace <event-id>',
    summary: 'show the tree of commands, events and reactions that an event belongs to',
    examples: [
      'khata trace 019b2a4e-7c11-7d20-9d4b-0e8f5b1c2a33',
      'khata events --last 1 --json | jq -r .id | xargs khata trace',
    ],
  }).action(async (id: string, _options, command: Command) => {
    const options = optionsOf(command)
    await using app = await openApp(options)
    const tree = await app.events.trace(id)
    if (options.json) await printJson(tree, true)
    else for (const line of linesOf(tree, id, '')) await printLine(line)
    if (!options.json && tree.truncated) say('The tree may have more: what is farthest from this event is left out.')
  })
}

function* linesOf(node: TraceNode, asked: string, indent: string): Generator<string> {
  const { kind, event, at, children } = node
  const place = event ? `  ${event.category}/${event.streamId} v${event.version}, position ${event.position}` : ''
  const mark = node.id === asked ? styled('cyan', '  ← this one') : ''
  const time = at && kind !== 'reaction' ? styled('dim', `  ${at}`) : ''
  yield `${indent}${headOf(node)}${place}${time}${mark}${event ? problemLine(event, `${indent}    `) : ''}`
  for (const note of node.notes ?? []) yield styled('dim', `${indent}    ${note.at}  ${noteLine(note)}`)
  for (const child of children) yield* linesOf(child, asked, `${indent}  `)
  if (node.truncated && children.length === 0) yield styled('dim', `${indent}  … and more`)
}

function headOf({ kind, name, principal, outcome }: TraceNode): string {
  if (kind === 'command') return `▸ ${name}${principal ? ` by ${principal}` : ''}`
  if (kind === 'event') return `• ${styled('bold', name)}`
  const { sign, colour } = outcomes[outcome ?? 'waiting']
  return `${styled(colour, sign)} ${name}: ${styled(colour, outcome ?? 'waiting')}`
}

const outcomes = {
  done: { sign: '✓', colour: 'green' },
  waiting: { sign: '…', colour: 'dim' },
  retrying: { sign: '↻', colour: 'yellow' },
  parked: { sign: '✗', colour: 'red' },
  skipped: { sign: '–', colour: 'dim' },
  discarded: { sign: '–', colour: 'dim' },
} as const satisfies Record<ReactionOutcome, { sign: string; colour: string }>
