import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { gunzipSync, gzipSync } from 'node:zlib'
import { writeLog } from './exported-log.ts'
import { linesOf, run, start, temporaryFolder } from './run.ts'

const folder = temporaryFolder()
after(() => folder[Symbol.dispose]())
const storeAt = (name: string) => `sqlite:${folder.file(name)}`
const khata = (store: string, ...args: string[]) => run(args, { environment: { KHATA_STORE: storeAt(store) } })
const exported = folder.file('log.ndjson')

before(async () => {
  await khata('first.db', 'execute', 'OpenAccount', '{"accountId":"A-1","owner":"Mina ৳","currency":"BDT"}')
  await khata('first.db', 'execute', 'Deposit', '{"accountId":"A-1","amount":500}', '--occurred-at', '2010-12-01T08:26:00Z')
  const { code, stderr } = await khata('first.db', 'export', exported)
  assert.equal(code, 0, stderr)
})

test('an export is one event per line between a header and a trailer', async () => {
  const [header, first, second, trailer, ...rest] = linesOf(readFileSync(exported, 'utf8')).map((line) => JSON.parse(line))
  assert.deepEqual([header.khata, header.format, header.events], ['log', 1, 2])
  assert.deepEqual([first.position, first.data.owner], [1, 'Mina ৳'])
  assert.deepEqual([second.position, second.occurredAt], [2, Date.UTC(2010, 11, 1, 8, 26)])
  assert.equal(trailer.end, 2)
  assert.deepEqual(rest, [])
  const { stdout } = await khata('first.db', 'export')
  assert.equal(stdout, readFileSync(exported, 'utf8'))
})

test('an export that cannot be written is told in one line, and leaves nothing', async () => {
  const { code, stderr } = await khata('first.db', 'export', folder.file('nowhere/log.ndjson.gz'))
  assert.deepEqual([code, linesOf(stderr).length], [3, 1], stderr)
  assert.match(stderr, /^khata: .*nowhere\/log\.ndjson\.gz cannot be written: no such file or directory\.$/m)
  const onFolder = await khata('first.db', 'export', folder.path)
  assert.deepEqual([onFolder.code, linesOf(onFolder.stderr).length], [3, 1], onFolder.stderr)
  assert.equal(existsSync(`${folder.path}.partial`), false)
  for (const command of ['export', 'events']) {
    const { status, stderr } = spawnSync('/bin/sh', ['-c', `"$0" bin/khata.js ${command} > /dev/full`, process.execPath], {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '', KHATA_STORE: storeAt('first.db') },
    })
    assert.deepEqual([status, stderr], [3, 'khata: The output cannot be written: no space left on device.\n'])
  }
})

test('exports to one file at once leave a whole one, and a pipe stays a pipe', async () => {
  const log = folder.file('large.ndjson')
  await writeLog(log, 5_000)
  assert.equal((await khata('large.db', 'import', log)).code, 0)
  const shared = folder.file('shared.ndjson.gz')
  // As another one leaves it that is under way.
  writeFileSync(`${shared}.partial`, 'half')
  const ended = await Promise.all([1, 2, 3].map(() => khata('large.db', 'export', shared)))
  assert.deepEqual(
    ended.map(({ code }) => code),
    [0, 0, 0],
  )
  assert.equal(linesOf(gunzipSync(readFileSync(shared)).toString()).length, 5_002)
  assert.deepEqual(
    readdirSync(folder.path).filter((name) => name.includes('partial')),
    ['shared.ndjson.gz.partial'],
  )
  const pipe = folder.file('pipe')
  assert.equal(spawnSync('/bin/sh', ['-c', 'mkfifo "$0"', pipe]).status, 0)
  const reading = text(spawn('cat', [pipe]).stdout)
  const { code, stderr } = await khata('first.db', 'export', pipe)
  assert.equal(code, 0, stderr)
  assert.equal(await reading, readFileSync(exported, 'utf8'))
  assert.equal(statSync(pipe).isFIFO(), true)
  const link = folder.file('link.ndjson')
  symlinkSync('linked.ndjson', link)
  writeFileSync(folder.file('linked.ndjson'), '')
  assert.equal((await khata('first.db', 'export', link)).code, 0)
  assert.equal(readFileSync(folder.file('linked.ndjson'), 'utf8'), readFileSync(exported, 'utf8'))
})

test('an interrupted import says how far it has come, and can be gone on with', async () => {
  const log = folder.file('many.ndjson')
  await writeLog(log, 30_000)
  let ended = { code: 0 as number | null, stderr: '' }
  let store = ''
  // When one was over before the signal, another one.
  for (let round = 0; ended.code === 0 && round < 10; round++) {
    store = `many-${round}.db`
    const importing = start(['import', log], { environment: { KHATA_STORE: storeAt(store) } })
    // The store is made once the file was checked.
    while (!existsSync(folder.file(store)) && importing.process.exitCode === null) await pause(2)
    importing.process.kill('SIGINT')
    ended = await importing.ended
  }
  const { code, stderr } = ended
  assert.equal(code, 130, stderr)
  assert.match(stderr, /^khata: interrupted: .* of 30,000 events are in the store\. Run the same again\.$/m)
  assert.equal((await khata(store, 'import', log)).code, 0)
})

test('an imported log has the same ids, positions, versions and times', async () => {
  const packed = folder.file('log.ndjson.gz')
  assert.equal((await khata('first.db', 'export', packed)).code, 0)
  assert.equal(gunzipSync(readFileSync(packed)).toString(), readFileSync(exported, 'utf8'))
  const imported = await khata('second.db', 'import', packed)
  assert.equal(imported.code, 0, imported.stderr)
  const events = await Promise.all(['first.db', 'second.db'].map((store) => khata(store, 'events', '--json')))
  assert.equal(events[1]?.stdout, events[0]?.stdout)
  assert.equal((await khata('second.db', 'verify')).code, 0)
  const balance = await khata('second.db', 'query', 'balances', 'id=A-1')
  assert.equal(JSON.parse(balance.stdout).balance, 500)
})

test('a log is imported into an empty store only', async () => {
  const { code, stderr } = await khata('first.db', 'import', exported)
  assert.equal(code, 2)
  assert.match(stderr, /into an empty store only; .* has 2 events/)
})

const lines = () => linesOf(readFileSync(exported, 'utf8'))
const broken: Readonly<Record<string, () => string | Buffer>> = {
  'has no last line': () => lines().slice(0, 3).join('\n'),
  'has lost an event': () => [...lines().slice(0, 2), ...lines().slice(3)].join('\n'),
  'breaks off in the middle of a line': () => readFileSync(exported, 'utf8').slice(0, 400),
  'holds an event that was changed': () => readFileSync(exported, 'utf8').replace('"amount":500', '"amount":900'),
  'has its events in another order': () => [0, 2, 1, 3].map((index) => lines()[index]).join('\n'),
  'goes on after its end': () => [...lines(), lines()[1]].join('\n'),
  'begins without its first line': () => lines().slice(1).join('\n'),
  'holds nothing': () => '',
  'is compressed and cut': () => gzipSync(readFileSync(exported)).subarray(0, 120),
}

for (const [what, content] of Object.entries(broken)) {
  test(`a log that ${what} is refused, and nothing is written`, async () => {
    const file = folder.file(what.includes('compressed') ? 'broken.ndjson.gz' : 'broken.ndjson')
    writeFileSync(file, content())
    const { code, stderr } = await khata('third.db', 'import', file)
    assert.equal(code, 3, stderr)
    assert.match(stderr, /^khata: The log cannot be imported: /)
    assert.equal(existsSync(folder.file('third.db')), false)
  })
}

test('adopting gives the store a new epoch, and old tokens are refused', async () => {
  const { stdout } = await khata('first.db', 'execute', 'Deposit', '{"accountId":"A-1","amount":1}', '--json')
  const { token } = JSON.parse(stdout)
  assert.equal((await khata('first.db', 'events', '--after', token)).code, 0)
  const adopted = await khata('first.db', 'adopt', '--json')
  assert.equal(adopted.code, 0, adopted.stderr)
  assert.notEqual(JSON.parse(adopted.stdout).epoch, undefined)
  assert.equal((await khata('first.db', 'events', '--after', token)).code, 2)
})
