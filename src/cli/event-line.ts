import type { RecordedEvent } from '../model/recorded-event.ts'
import { printJson, printLine, styled } from './output.ts'

/** Prints an event: one line of JSON for programs, one readable line for people. */
export function printEvent(event: RecordedEvent, json: boolean | undefined): Promise<void> {
  return json ? printJson(event, true) : printLine(eventLine(event))
}

/** Position, time, stream and version, type, data. */
function eventLine({ position, recordedAt, category, streamId, version, type, data }: RecordedEvent): string {
  const place = styled('dim', `${String(position).padStart(6)}  ${recordedAt}`)
  return `${place}  ${category}/${streamId} v${version}  ${styled('bold', type)}  ${JSON.stringify(data)}`
}
