import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as z from 'zod'
import { aggregate, reactor, retryAfter } from '../index.ts'

const note = aggregate('note', { id: 'id', events: { Noted: z.object({}) }, initial: {}, evolve: {}, commands: {} })

test('a time-out that no timer takes is refused when the reactor is defined', () => {
  const taking = (timeoutMs: number) => reactor('slow', { from: [note], on: { Noted: () => {} }, timeoutMs })
  for (const timeoutMs of [30 * 86_400_000, 2 ** 31, Infinity, Number.NaN, 0, 1.5])
    assert.throws(() => taking(timeoutMs), { code: 'definition', message: /timeoutMs must be .* at most 2147483647/ })
  taking(2 ** 31 - 1)
})

test('a time to try again after is refused at the call when it is no time', () => {
  for (const ms of [Number.NaN, Infinity, -1, '5', undefined])
    assert.throws(() => retryAfter(ms as number), { code: 'usage', message: /number of ms/ })
  for (const ms of [0, 0.5, 30 * 86_400_000, Number.MAX_VALUE]) assert.equal(retryAfter(ms).verdict, 'retry-after')
})
