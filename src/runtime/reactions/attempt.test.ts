import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsOf } from '../../model/consumer.ts'
import type { RecordedEvent } from '../../model/recorded-event.ts'
import { attemptOnce } from './attempt.ts'
import type { Consumer } from './consumer.ts'

const event = { id: 'e' } as RecordedEvent

function handledBy(handle: Consumer['handle'], timeoutMs = 10_000): Consumer {
  return {
    name: 'reactor/any',
    settings: settingsOf({ timeoutMs }),
    handles: () => true,
    lane: () => 'lane',
    handle,
    rehearse: async () => {},
    next: async () => null,
  }
}

/** Ends when its signal is aborted. */
const obedient: Consumer['handle'] = (_event, { signal }) =>
  new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason))
  })

test('a handler that ends when the process does has failed, and the error says that it has ended', async () => {
  const stopping = new AbortController()
  const attempt = attemptOnce(handledBy(obedient), event, 1, stopping.signal)
  stopping.abort()
  const failed = await attempt
  assert.deepEqual(failed, {
    result: 'failed',
    error: 'The handler was not done when the process ended; it has ended since.',
    stack: null,
  })
})

test('a handler whose time is up is told by its signal', async () => {
  const failed = await attemptOnce(handledBy(obedient, 5), event, 1, new AbortController().signal)
  assert.match('error' in failed ? failed.error : '', /not done after 5 ms; it has ended since/)
})

test('what a handler answers is kept apart from what it throws, at once or later', async () => {
  const { signal } = new AbortController()
  const said = { verdict: 'park', reason: 'no' } as const
  assert.deepEqual(
    await attemptOnce(
      handledBy(async () => said),
      event,
      1,
      signal,
    ),
    said,
  )
  assert.deepEqual(
    await attemptOnce(
      handledBy(async () => undefined),
      event,
      1,
      signal,
    ),
    { result: 'done' },
  )
  const thrower = (): never => {
    throw new Error('at once', { cause: new Error('because') })
  }
  const failed = await attemptOnce(handledBy(thrower), event, 1, signal)
  assert.equal('error' in failed && failed.error, 'at once because')
})
