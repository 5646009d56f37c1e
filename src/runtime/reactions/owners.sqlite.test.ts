import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Part, process, reactor } from '../../index.ts'
import type { Engine } from '../../ports/index.ts'
import { purse } from '../ledger.fixture.ts'
import { sharedStore } from '../shards.fixture.ts'
import { settled, until } from './eventually.fixture.ts'

const names = ['reactor/collect', 'process/sums', 'scheduler']

/** An engine that keeps which leases it was asked for, and which of them were given. */
function telling(engine: Engine, asked: Set<string>, given: Set<string>): Engine {
  const lease: Engine['work']['lease'] = async (name, owner, ttlMs) => {
    const answer = await engine.work.lease(name, owner, ttlMs)
    asked.add(name)
    if (answer) given.add(name)
    return answer
  }
  return { ...engine, work: { ...engine.work, lease } }
}

function business(seen: string[], app: string): readonly Part[] {
  const collect = reactor('collect', {
    from: [purse],
    on: { MoneyAdded: ({ data }) => void seen.push(`${app}:${data.amount}`) },
  })
  const sums = process('sums', {
    from: [purse],
    initial: { sum: 0 },
    correlate: ({ streamId }) => streamId,
    on: { MoneyAdded: (state, { data }) => ({ state: { sum: state.sum + data.amount } }) },
  })
  return [purse, collect, sums]
}

test('RUN-14 of two apps in one process one runs each consumer and the timers, and the other goes on when it has closed', async (t) => {
  const store = sharedStore(t)
  const seen: string[] = []
  const [asked, given] = [new Set<string>(), new Set<string>()]
  const first = await store.app(business(seen, 'first'), (engine) => telling(engine, new Set(), given))
  await until('the first has all', () => names.every((name) => given.has(name)))
  given.clear()
  const second = await store.app(business(seen, 'second'), (engine) => telling(engine, asked, given))
  await until('the second has asked', () => names.every((name) => asked.has(name)))
  assert.deepEqual(
    [...given].filter((name) => names.includes(name)),
    [],
  )
  for (const amount of [1, 2, 3]) await second.execute('Add', { purseId: 'p', amount })
  await settled(first, 'collect', 'sums')
  assert.deepEqual(seen, ['first:1', 'first:2', 'first:3'])
  await first.close()
  await second.execute('Add', { purseId: 'p', amount: 4 })
  await settled(second, 'collect', 'sums')
  assert.deepEqual(seen, ['first:1', 'first:2', 'first:3', 'second:4'])
})
