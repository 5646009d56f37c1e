import assert from 'node:assert/strict'
import { test } from 'node:test'
import { commitWatch } from './commit-watch.ts'

test('a store that cannot be asked for commits of others ends nobody, and is asked again', async () => {
  let fails = true
  let version = 1
  const watch = commitWatch(() => {
    if (fails) throw new Error('disk I/O error')
    return version
  })
  let heard = 0
  const next = (): Promise<void> =>
    new Promise((resolve) => {
      const stop = watch.listen(() => {
        heard++
        stop()
        resolve()
      })
    })

  const first = next()
  watch.notify()
  await first
  // Listening while it fails: hears of it when it works again, because something may have been committed meanwhile.
  const alive = setInterval(() => {}, 1_000)
  const working = next()
  fails = false
  await working
  const failing = next()
  fails = true
  await failing
  const changed = next()
  fails = false
  version++
  await changed
  clearInterval(alive)
  watch.close()
  assert.equal(heard, 4)
})
