import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Engine } from '../ports/engine.ts'
import { sample } from '../testing/conformance/samples.ts'
import { historyOf } from './history.ts'

test('RUN-46 where a restored log ended is looked at when it is noticed, also when the restore comes in the midst of a look', async () => {
  for (const call of ['identity', 'lookUp', 'head'] as const) {
    let log = ['a', 'b']
    let isTime = false
    const restoreAt = (here: string): void => {
      if (isTime && here === call) log = ['a']
    }
    const identity = { storeId: 's', epoch: 'e', home: 'h', here: 'h' }
    const engine = {
      name: 'test',
      identity: async () => {
        restoreAt('identity')
        return identity
      },
      events: {
        head: async () => {
          const head = { position: log.length, eventId: log.at(-1) ?? null, recordedAt: 1 }
          restoreAt('head')
          return head
        },
        lookUp: async ({ position = 0 }) => {
          const id = log[position - 1]
          restoreAt('lookUp')
          return id === undefined ? [] : [sample('Happened', { id })]
        },
      },
      onCommit: () => () => {},
    }
    const history = historyOf(engine as unknown as Engine, identity as never)
    // It looks once by itself.
    await new Promise((resolve) => setImmediate(resolve))
    history.saw(2, 'b')
    isTime = true
    while (history.broken === null) await history.confirm()
    assert.equal(history.restoredTo, 1, `restored at ${call}`)
    history.close()
  }
})
