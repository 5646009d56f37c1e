import { setTimeout } from 'node:timers/promises'
import { type App, type AppModel, khata } from 'khata'
import { shop } from '../index.ts'
import type { Arguments } from './arguments.ts'
import { invoicesOf } from './invoices.ts'
import { type Progress, progress } from './progress.ts'
import { refusedFile } from './refused-file.ts'
import { eachInFlight, sendInvoice } from './send.ts'
import { rowsOf } from './source.ts'
import { type Survey, survey, type Totals } from './survey.ts'

/** What an import came to: totals are of the whole file, time and rate of this run. */
export interface Summary extends Totals {
  readonly seconds: number
  readonly eventsPerSecond: number
}

/** Commands on their way at once: enough to share commits, few enough to stop at once. */
const inFlight = 128

/**
 * Imports a file: reads it once to learn its totals and where each invoice ends, then again to send the invoices. So a
 * wrong file is found before anything is stored, and neither reading holds more than a few invoices.
 *
 * @param signal stops it, with what was begun finished
 * @returns null when it was stopped
 * @throws ImportProblem when the file or the store is not as it should be; KhataError as `send` does
 */
export async function importRetail({ file, store, refused }: Arguments, signal: AbortSignal): Promise<Summary | null> {
  const startedAt = performance.now()
  const found = await firstReading(file, refused, signal)
  if (found === null) return null
  // What is imported is history: nothing is done about it.
  await using app = await khata({ store, use: shop, runReactions: false })
  const events = await secondReading(app, file, found, signal)
  const seconds = (performance.now() - startedAt) / 1000
  if (!signal.aborted) await viewsUpToDate(app, signal)
  if (signal.aborted) return null
  return { ...found.totals, seconds: round(seconds), eventsPerSecond: Math.round(events / seconds) }
}

async function firstReading(file: string, refused: string, signal: AbortSignal): Promise<Survey | null> {
  const shown = progress('Reading', 'lines', null)
  const rejects = await refusedFile(refused)
  let complete = false
  try {
    const found = await survey(until(signal, rowsOf(file)), rejects.write, shown.update)
    shown.end()
    if (signal.aborted) return null
    await rejects.finish()
    complete = true
    return found
  } finally {
    if (!complete) await rejects.discard()
  }
}

async function secondReading(
  app: Pick<App<AppModel>, 'send'>,
  file: string,
  { totals, lastLines }: Survey,
  signal: AbortSignal,
): Promise<number> {
  const shown = progress('Importing', 'invoices', totals.orders + totals.creditNotes)
  let done = 0
  let events = 0
  try {
    await eachInFlight(invoicesOf(rowsOf(file), lastLines), inFlight, signal, async (invoice) => {
      const receipt = await sendInvoice(app, invoice)
      if (!receipt.repeated) events += receipt.events.length
      shown.update(++done)
    })
  } finally {
    shown.end()
  }
  return events
}

/** Waits until the views show what was imported; right after a crash, their last owner's lease has to end first. */
async function viewsUpToDate(app: Pick<App<AppModel>, 'projections'>, signal: AbortSignal): Promise<void> {
  const lag = async () => Math.max(...(await app.projections.list()).map((view) => view.lag))
  let shown: Progress | null = null
  const first = await lag()
  for (let left = first, waited = 0; left > 0 && !signal.aborted; left = await lag(), waited++) {
    // A line about a moment would only be in the way.
    if (waited === 10) shown = progress('Bringing views up to date', 'events', first)
    shown?.update(Math.max(0, first - left))
    await setTimeout(100)
  }
  shown?.end()
}

async function* until<Item>(signal: AbortSignal, items: AsyncIterable<Item>): AsyncGenerator<Item> {
  for await (const item of items) {
    if (signal.aborted) return
    yield item
  }
}

function round(seconds: number): number {
  return Math.round(seconds * 1000) / 1000
}
