import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'

/** Runs a command with a disk of 8 MB at a directory that only this command sees. */
function withSmallDisk(directory: string, command: readonly string[]): ReturnType<typeof spawnSync> {
  const script = 'mount -t tmpfs -o size=8m tmpfs "$0" && exec "$@"'
  return spawnSync('unshare', ['--user', '--map-root-user', '--mount', 'sh', '-c', script, directory, ...command], {
    encoding: 'utf8',
  })
}

const directory = mkdtempSync(join(tmpdir(), 'khata-full-'))
after(() => rmSync(directory, { recursive: true }))
const possible = withSmallDisk(directory, ['true']).status === 0
const skip = possible ? false : 'this system lets nobody mount a small disk in a namespace of its own'

/** What a child says that was run on the small disk. */
function onSmallDisk(child: string): any {
  const file = join(import.meta.dirname, child)
  const run = withSmallDisk(directory, [process.execPath, '--conditions=khata-source', file, directory])
  assert.equal(run.status, 0, String(run.stderr))
  return JSON.parse(String(run.stdout))
}

test('ES-65 a full disk fails commits as store-full while reads go on, and writing goes on when there is space', {
  skip,
}, () => {
  const said = onSmallDisk('fill-the-disk.ts')
  assert.deepEqual(said.codes, ['store-full'])
  assert.ok(said.failed >= 100 && said.full.acknowledged > 100, JSON.stringify(said))
  assert.equal(said.full.head, said.full.acknowledged)
  assert.equal(said.read, said.full.head)
  assert.deepEqual([said.failedAfter, said.grown, said.wrong], [0, 200, []])
})

test('an app on a full disk is not ready, says why, and is ready by itself when there is space', { skip }, () => {
  const { before, failed, full, attention, after } = onSmallDisk('full-and-ready.ts')
  assert.deepEqual([before, failed, full, after], [true, 'store-full', false, null])
  assert.match(attention.join(), /takes no writes: .*disk is full/)
})
