import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeLog } from './exported-log.ts'
import { run, temporaryFolder } from './run.ts'

/** Three times what an import needs, and half of what its input is. */
const heapMb = 64

test('an import holds a part of its input at a time: it ends in a heap that is smaller than that', async () => {
  using folder = temporaryFolder()
  const log = folder.file('log.ndjson')
  await writeLog(log, 30_000, 4_000)
  const { code, stderr } = await run(['import', log, '--store', `sqlite:${folder.file('imported.db')}`], {
    folder: folder.path,
    environment: { NODE_OPTIONS: `--max-old-space-size=${heapMb}` },
  })
  assert.equal(code, 0, stderr)
  assert.match(stderr, /30,000 events are in the store/)
})
