import type { DeadLetterEntry, NoteEntry, Reactions } from '../runtime/app.ts'
import { styled } from './output.ts'

/** The cells of a dead letter in a list. */
export function listed({ id, state, consumer, lane, eventType, parkedAt, error }: DeadLetterEntry): readonly string[] {
  return [id, state, consumer, lane, eventType, parkedAt, error.length > 60 ? `${error.slice(0, 59)}…` : error]
}

/** A dead letter for people, with all that is known of it. */
export function* linesOfLetter(letter: Awaited<ReturnType<Reactions['deadLetter']>>): Generator<string> {
  const { event } = letter
  const code = letter.codeVersion === null ? '' : ` by code ${letter.codeVersion}`
  yield styled('bold', `${letter.consumer}, lane ${letter.lane}: ${letter.state}`)
  yield `event     ${event.type} ${event.id}, ${event.category}/${event.streamId} v${event.version}, position ${event.position}`
  yield `since     ${letter.parkedAt}, ${letter.attempts} ${letter.attempts === 1 ? 'attempt' : 'attempts'}${code}`
  yield `error     ${letter.error}`
  yield `data      ${JSON.stringify(event.data)}${letter.corrected ? ' (corrected)' : ''}`
  if (letter.history.length > 0) yield 'history'
  for (const note of letter.history) yield `  ${note.at}  ${noteLine(note)}`
  if (letter.stack !== null) yield styled('dim', letter.stack)
}

/** What a note says, in one line. */
export function noteLine({
  kind,
  detail,
  principal = null,
}: Pick<NoteEntry, 'kind' | 'detail'> & { readonly principal?: string | null }): string {
  const { attempt, error, reason, command, code } = (detail ?? {}) as Readonly<Record<string, unknown>>
  const what = error ?? reason ?? (command === undefined ? null : `${command}${code === undefined ? '' : `, ${code}`}`)
  const which = attempt === undefined ? '' : ` (attempt ${attempt})`
  return `${kind}${which}${principal === null ? '' : ` by ${principal}`}${what === null ? '' : `: ${what}`}`
}
