import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { surviveEveryCommit } from './transfers-fail-points.ts'
import { surviveKills } from './transfers-killed.ts'

const folder = await mkdtemp(join(tmpdir(), 'khata-transfers-'))
after(() => rm(folder, { recursive: true, force: true }))

test('Money is neither made nor lost at any position, however often the bank is killed or restarted', async () => {
  await surviveKills(`sqlite:${join(folder, 'bank.db')}`)
})

test('Killed at each commit in turn, before and after it is on disk, every transfer still ends as it should', async () => {
  const points = await surviveEveryCommit(`sqlite:${join(folder, 'fail-points.db')}`)
  console.log(`${points} points`)
})
