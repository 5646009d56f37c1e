import { test } from 'node:test'
import { newDatabase } from '../../src/postgres/database.fixture.ts'
import { openPostgres } from '../../src/postgres/index.ts'
import { newCluster } from '../postgres/cluster.fixture.ts'
import { surviveEveryCall } from './transfers-fail-points.ts'
import { surviveKills } from './transfers-killed.ts'

test('On PostgreSQL, too, money is neither made nor lost at any position, whatever is killed', async () => {
  await surviveKills(await newDatabase())
})

test('On PostgreSQL, too, a bank that is killed at each call in turn ends every transfer as it should', async () => {
  const { url } = await newCluster('fsync=off')
  await using engine = await openPostgres(url)
  console.log(await surviveEveryCall(engine))
})
