import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openSqlite } from 'khata/sqlite'
import { surviveEveryCall } from './transfers-fail-points.ts'
import { surviveKills } from './transfers-killed.ts'

const folder = await mkdtemp(join(tmpdir(), 'khata-transfers-'))
after(() => rm(folder, { recursive: true, force: true }))

test('Money is neither made nor lost at any position, however often the bank is killed or restarted', async () => {
  await surviveKills(`sqlite:${join(folder, 'bank.db')}`)
})

test('Killed at each call to the store in turn, before and after it is done, every transfer still ends as it should', async () => {
  await using engine = await openSqlite(join(folder, 'fail-points.db'), { synchronous: 'normal' })
  console.log(await surviveEveryCall(engine))
})
