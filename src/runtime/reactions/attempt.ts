import type { RecordedEvent } from '../../model/recorded-event.ts'
import { isVerdict, retryAfter, type Verdict } from '../../model/verdict.ts'
import { describeFailure, messageOf } from '../message-of.ts'
import { storable } from '../storable.ts'
import type { Consumer } from './consumer.ts'

/** How an attempt at an event ended. */
export type Attempted =
  | { readonly result: 'done' }
  | { readonly result: 'failed'; readonly error: string; readonly stack: string | null }
  | Exclude<Verdict, never>

const graceMs = 5_000

/**
 * Tries an event once. When the time is up, or the process ends, the handler's signal is aborted and its end is waited
 * for a while, because until then it may still be doing something.
 */
export async function attemptOnce(
  consumer: Consumer,
  event: RecordedEvent,
  number: number,
  stopping: AbortSignal,
): Promise<Attempted> {
  const { timeoutMs } = consumer.settings
  const timeUp = new AbortController()
  let timer: NodeJS.Timeout | undefined
  let told = (): void => {}
  const cut = new Promise<'cut'>((resolve) => {
    told = () => resolve('cut')
    timer = setTimeout(() => {
      timeUp.abort(new Error(`The handler was not done after ${timeoutMs} ms.`))
      resolve('cut')
    }, timeoutMs)
  })
  stopping.addEventListener('abort', told)
  const work = (async () => consumer.handle(event, { number, signal: AbortSignal.any([timeUp.signal, stopping]) }))()
  try {
    const first = await Promise.race([work, cut])
    if (first !== 'cut') return isVerdict(first) ? checkedVerdict(first) : { result: 'done' }
    const ended = await Promise.race([
      work.then(
        () => 'it has ended since',
        () => 'it has ended since',
      ),
      new Promise<string>((resolve) => {
        clearTimeout(timer)
        timer = setTimeout(() => resolve('it is still running'), graceMs)
      }),
    ])
    const why = timeUp.signal.aborted ? `after ${timeoutMs} ms` : 'when the process ended'
    return { result: 'failed', error: `The handler was not done ${why}; ${ended}.`, stack: null }
  } catch (cause) {
    return { result: 'failed', ...describeFailure(cause) }
  } finally {
    clearTimeout(timer)
    stopping.removeEventListener('abort', told)
  }
}

/** A verdict as it is acted on and kept. Whoever writes JavaScript may give anything as a reason, an error for example. */
function checkedVerdict(said: Verdict): Verdict {
  const reason = typeof said.reason === 'string' ? storable(said.reason) : messageOf(said.reason)
  return said.verdict === 'retry-after' ? retryAfter(said.ms, reason) : { ...said, reason }
}
