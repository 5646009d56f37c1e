import { test } from 'node:test'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { surviveEveryCommit } from './transfers-fail-points.ts'
import { surviveKills } from './transfers-killed.ts'

test('On PostgreSQL, too, money is neither made nor lost at any position, whatever is killed', async () => {
  await surviveKills(await newDatabase())
})

test('On PostgreSQL, too, a bank that dies at each commit in turn ends every transfer as it should', async () => {
  const points = await surviveEveryCommit(await newDatabase())
  console.log(`${points} points`)
})
