/** Views that stand still are no fault of what is stored: `khata verify` says so, and checks the rest. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { after, before, test } from 'node:test'
import { linesOf, run, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const khata = (torn: '' | 'yes', ...args: string[]) =>
  run([...args, '--config', join(import.meta.dirname, 'torn.config.ts')], {
    environment: { KHATA_STORE: `sqlite:${folder.file('sheets.db')}`, TORN: torn },
  })

const print = async (): Promise<void> => {
  const { code, stderr } = await khata('', 'execute', 'Print', '{"sheetId":"s","copies":7}')
  assert.equal(code, 0, stderr)
}

before(async () => {
  await print()
  assert.equal((await khata('', 'verify')).code, 0)
  await print()
})

const standsStill = /^prints: not checked: it stands still at position 1 of 2 and is retried: .*the sheet is torn/

test('a view that is retried is not waited for and not checked, all others are, and the end is "not now"', async () => {
  const { code, stdout, stderr } = await khata('yes', 'verify')
  assert.equal(code, 3, stdout + stderr)
  assert.equal(linesOf(stdout).length, 1)
  assert.match(stdout, standsStill)
  assert.match(stderr, /2 events and 1 of 2 views: nothing was found; the others cannot be checked now/)
  const report = JSON.parse((await khata('yes', 'verify', '--json')).stdout)
  assert.deepEqual([report.ok, report.findings, report.notChecked.length], [false, [], 1])
  assert.equal(report.notChecked[0].view, 'prints')
})

test('what is found is worse than what was not checked', async () => {
  {
    using database = new DatabaseSync(folder.file('sheets.db'))
    const { changes } = database.prepare(`UPDATE view_copies_1_1 SET _document = '{"copies":1}'`).run()
    assert.equal(changes, 1)
  }
  const { code, stdout } = await khata('yes', 'verify')
  assert.equal(code, 1)
  const [found, notChecked] = linesOf(stdout)
  assert.match(found ?? '', /^copies: the document 's' differs from a fresh fold$/)
  assert.match(notChecked ?? '', standsStill)
})
