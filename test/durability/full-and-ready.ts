/** A child process: an app on the small disk of argument 1, which fills up and is emptied again; says when it was ready. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { aggregate, isKhataError, khata, projection } from 'khata'
import * as z from 'zod'
import { untilTrue } from '../../src/runtime/reactions/eventually.fixture.ts'
import { say } from './workload.ts'

const directory = process.argv[2] ?? ''
const ballast = join(directory, 'ballast')
writeFileSync(ballast, Buffer.alloc(3_000_000, 1))

const page = aggregate('page', {
  id: 'pageId',
  events: { Written: z.object({ text: z.string() }) },
  initial: {},
  evolve: {},
  commands: {
    Write: {
      input: z.object({ pageId: z.string(), text: z.string() }),
      decide: ({ text }) => ({ type: 'Written', data: { text } }),
    },
  },
})
const lengths = projection('lengths', {
  from: [page],
  document: z.object({ letters: z.int() }),
  key: ({ streamId }) => streamId,
  on: { Written: (document, { data }) => ({ letters: (document?.letters ?? 0) + data.text.length }) },
})
await using app = await khata({ store: `sqlite:${join(directory, 'pages.db')}`, use: [page, lengths] })

/** The code with which a command fails; null when it does not. */
const write = async (): Promise<string | null> => {
  try {
    await app.execute('Write', { pageId: 'p', text: 'x'.repeat(100_000) })
    return null
  } catch (error) {
    return isKhataError(error) ? error.code : String(error)
  }
}

const before = (await app.health()).ready
let failed: string | null = null
while (failed === null) failed = await write()
const full = await app.health()
rmSync(ballast)
// No command shows that there is room again: who is not ready is sent none.
await untilTrue(async () => (await app.health()).ready)
say(JSON.stringify({ before, failed, full: full.ready, attention: full.attention, after: await write() }))
