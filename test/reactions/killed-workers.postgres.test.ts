import { test } from 'node:test'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { killInTheMiddle, moveMoney } from './killed-workers.ts'
import { placeOf } from './workers.ts'

test('RUN-2 on PostgreSQL, too, another worker takes over when the time of the lease is over', async (t) => {
  await killInTheMiddle(t, placeOf(t, await newDatabase()), 2)
})

test('RUN-25 on PostgreSQL, too, money is neither made nor lost while workers are killed', async (t) => {
  await moveMoney(t, placeOf(t, await newDatabase()))
})
