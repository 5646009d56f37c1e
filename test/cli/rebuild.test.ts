import assert from 'node:assert/strict'
import { resolve } from 'node:path'
import { after, before, test } from 'node:test'
import { openSqlite } from 'khata/sqlite'
import { until } from '../../src/runtime/reactions/eventually.fixture.ts'
import { run, start, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const environment = { KHATA_STORE: `sqlite:${folder.file('slow.db')}` }
const config = ['--config', resolve(import.meta.dirname, 'slow.config.ts')]
const khata = (...args: string[]) => run([...args, ...config], { environment })

/** Ten pages of the log, so that a rebuild can be interrupted between two of them. */
const events = 10_000

before(async () => {
  const counted = await khata('execute', 'Count', `{"counterId":"C-1","times":${events}}`)
  assert.equal(counted.code, 0, counted.stderr)
  const built = await khata('query', 'counts', 'id=C-1', '--wait', '60000')
  assert.equal(JSON.parse(built.stdout).count, events, built.stderr)
})

const rebuildOf = async () => JSON.parse((await khata('projections', '--json')).stdout)[0].rebuild

async function isLive(): Promise<void> {
  const { stdout } = await khata('query', 'counts', 'id=C-1')
  assert.equal(JSON.parse(stdout).count, events)
}

test('Ctrl-C cancels a rebuild, and the live view stays', async () => {
  const slowly = { environment: { ...environment, EVENT_MS: '1' } }
  await using engine = await openSqlite(folder.file('slow.db'))
  const rebuilding = start(['projections', 'rebuild', 'counts', '--json', ...config], slowly)
  await until('building', async () => (await engine.work.generations('counts')).at(-1)?.state === 'building')
  rebuilding.process.kill('SIGINT')
  const { code, stdout, stderr } = await rebuilding.ended
  assert.equal(code, 1, stderr)
  assert.equal(JSON.parse(stdout).state, 'cancelled')
  assert.match(stderr, /Cancelled; the live counts stays/)
  await isLive()
})

test('a rebuild that was only asked for waits for a server, and can be cancelled', async () => {
  assert.equal((await khata('projections', 'rebuild', 'counts', '--detach')).code, 0)
  assert.equal((await rebuildOf()).state, 'requested')
  assert.equal((await khata('projections', 'rebuild', 'counts')).code, 1)
  assert.equal((await khata('projections', 'cancel', 'counts')).code, 0)
  assert.equal((await rebuildOf()).state, 'cancelled')
  await isLive()
})
