import type { RecordedEvent } from '../model/recorded-event.ts'
import { printJson, printLine, styled } from './output.ts'

/** Prints an event: one line of JSON for programs, one readable line for people. */
export function printEvent(event: RecordedEvent, json: boolean | undefined): Promise<void> {
  return json ? printJson(event, true) : printLine(eventLine(event))
}

/** Why the data of an event is as it was stored. */
export function problemLine({ problem }: RecordedEvent, indent: string): string {
  return problem ? `\n${indent}${styled('red', '✗')} ${problem.message} Shown as it was stored.` : ''
}

/** Position, time, stream and version, type, data. */
function eventLine(event: RecordedEvent): string {
  const { position, recordedAt, category, streamId, version, type, data } = event
  const place = styled('dim', `${String(position).padStart(6)}  ${recordedAt}`)
  return `${place}  ${category}/${streamId} v${version}  ${styled('bold', type)}  ${JSON.stringify(data)}${problemLine(event, '        ')}`
}
