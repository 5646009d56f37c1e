import assert from 'node:assert/strict'
import { test } from 'node:test'
import { alarm } from './alarm.ts'

const dayMs = 86_400_000

test('an alarm rings once when its time has come, also after longer than a timer of the platform takes', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  for (const days of [0, 1, 24, 25, 60]) {
    let rung = 0
    alarm(days * dayMs, () => rung++)
    for (let day = 1; day <= days; day++) {
      assert.equal(rung, 0, `day ${day} of ${days}`)
      t.mock.timers.tick(dayMs)
    }
    t.mock.timers.tick(100 * dayMs)
    assert.equal(rung, 1)
  }
})

test('an alarm that was stopped never rings, whichever of its timers runs', (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] })
  const { stop } = alarm(60 * dayMs, () => assert.fail('rung'))
  t.mock.timers.tick(30 * dayMs)
  stop()
  t.mock.timers.tick(60 * dayMs)
})
