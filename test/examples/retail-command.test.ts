import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { shop } from '@khata/example-shop'
import { khata } from 'khata'

const main = resolve(import.meta.dirname, '../../examples/shop/import/main.ts')
const folder = await mkdtemp(join(tmpdir(), 'khata-retail-command-'))
after(() => rm(folder, { recursive: true, force: true }))

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'
const lines = Array.from({ length: 20_000 }, (_, n) => `${1000 + n},A,apple,1,2010-12-01 08:27,1,17850,UK`)
await writeFile(join(folder, 'shop.csv'), [header, ...lines].join('\n'))
/** The same and so much more that nobody is too late to interrupt it. */
const more = Array.from({ length: 100_000 }, (_, n) => `${100_000 + n},A,apple,1,2010-12-01 08:27,1,17850,UK`)
await writeFile(join(folder, 'long.csv'), [header, ...lines, ...more].join('\n'))
await writeFile(join(folder, 'other.csv'), 'a,b\n1,2\n')

function run(...words: string[]) {
  const child = spawn(process.execPath, ['--conditions=khata-source', main, ...words], { cwd: folder })
  let out = ''
  let err = ''
  child.stdout.on('data', (data) => (out += data))
  child.stderr.on('data', (data) => (err += data))
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) =>
    child.on('close', (code) => done({ code, out, err })),
  )
  return { child, ended }
}

test('A wrong call or file is told in one line, with an exit code of its own', async () => {
  const wrong: [string[], RegExp][] = [
    [[], /^Which file\? Usage: npm run import:retail/],
    [['a.csv', 'b.csv'], /^One file at a time/],
    [['shop.csv', '--stor', 'x'], /^Unknown option '--stor'/],
    [['none.csv.gz'], /^There is no file none\.csv\.gz\.\n$/],
    [['other.csv'], /^other\.csv has no column InvoiceNo/],
    [['shop.csv', '--refused', folder], /^The file of refused lines cannot be written/m],
  ]
  for (const [words, message] of wrong) {
    const { code, out, err } = await run(...words).ended
    assert.equal(code, 2, err)
    assert.equal(out, '')
    assert.match(err, message)
    assert.doesNotMatch(err, /^\s+at /m)
  }
  const { code, out } = await run('--help').ended
  assert.deepEqual([code, out.split(':')[0]], [0, 'Usage'])
})

test('Interrupted, it stops cleanly and says that it can be run again; then it ends with one line of JSON', async () => {
  const store = `sqlite:${join(folder, 'shop.db')}`
  await using app = await khata({ store, use: shop, runProjections: false })
  for (const [signals, exitCodes] of [
    [['SIGINT'], [130]],
    [['SIGTERM'], [143]],
    // As under npm, two at once are one. Which comes first is the system's choice.
    [
      ['SIGINT', 'SIGTERM'],
      [130, 143],
    ],
  ] as const) {
    const { position: before } = await app.events.head()
    const { child, ended } = run('long.csv', '--store', store)
    const going = new AbortController()
    void ended.then(() => going.abort())
    for await (const { event } of app.events.follow({ after: before, signal: going.signal })) {
      if (event.position > before + 100) break
    }
    for (const signal of signals) child.kill(signal)
    const { code, out, err } = await ended
    assert.ok(
      exitCodes.some((exitCode) => exitCode === code),
      `${code}: ${err}`,
    )
    assert.equal(out, '')
    assert.match(err, /Stopped\. Run the same command again: it goes on from here and does nothing twice\.\n$/)
  }
  const { position: interrupted } = await app.events.head()
  assert.ok(interrupted < lines.length + more.length)
  const { code, out, err } = await run('shop.csv', '--store', store).ended
  assert.equal(code, 0, err)
  assert.match(err, /Importing: 20,000 of 20,000 invoices, 100 %/)
  assert.match(err, /Refused lines are in .*shop\.refused\.csv\.\n$/)
  assert.equal(out.split('\n').length, 2)
  assert.equal((JSON.parse(out) as { orders: number }).orders, lines.length)
  assert.equal((await app.events.head()).position, Math.max(interrupted, lines.length))
})
