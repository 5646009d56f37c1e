import { test } from 'node:test'
import { freezeInTheMiddle, killInTheMiddle, moveMoney } from './killed-workers.ts'
import { placeOf } from './workers.ts'

test('RUN-2 of two workers one is killed in the middle of its batch: effects at least once and in order, commands once', async (t) => {
  await killInTheMiddle(t, placeOf(t), 5)
})

test('RUN-11 a worker that froze loses its lease in time, and woken up it does no harm', async (t) => {
  await freezeInTheMiddle(t, placeOf(t))
})

test('RUN-25 money is neither made nor lost while transfers run and workers are killed at random', async (t) => {
  await moveMoney(t, placeOf(t))
})
