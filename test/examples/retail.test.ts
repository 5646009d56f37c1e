import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout } from 'node:timers/promises'
import { shop } from '@khata/example-shop'
import { khata } from 'khata'
import { referenceOf } from './retail-reference.ts'

const root = resolve(import.meta.dirname, '../..')
const file = resolve(root, '../shared/data/online-retail-2010-12-to-2011-08.csv.gz')
const folder = await mkdtemp(join(tmpdir(), 'khata-retail-'))
const store = `sqlite:${join(folder, 'shop.db')}`
const refusedFile = join(folder, 'refused.csv')
after(() => rm(folder, { recursive: true, force: true }))

const keys = [
  'orders',
  'creditNotes',
  'invoicesRefused',
  'linesAccepted',
  'linesRefused',
  'gross',
  'credited',
  'net',
  'seconds',
  'eventsPerSecond',
]

function start(): { child: ChildProcess; ended: Promise<{ code: number | null; out: string; err: string }> } {
  const child = spawn(
    process.execPath,
    ['--conditions=khata-source', 'examples/shop/import/main.ts', file, '--store', store, '--refused', refusedFile],
    { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let out = ''
  let err = ''
  child.stdout?.on('data', (data) => (out += data))
  child.stderr?.on('data', (data) => (err += data))
  return { child, ended: new Promise((done) => child.on('close', (code) => done({ code, out, err }))) }
}

const skip = existsSync(file) ? false : 'the retail file is not beside this repository'

test('A year of real invoices, killed five times on the way, comes to what a plain sum says', { skip }, async (t) => {
  const reference = referenceOf(file)
  // Another process on the same file watches how far the importer is.
  await using app = await khata({ store, use: shop, runProjections: false })
  const head = async () => (await app.events.head()).position

  let before = 0
  for (const until of [1, 2_000, 4_000, 6_000, 8_000]) {
    const { child, ended } = start()
    while ((await head()) < until && child.exitCode === null) await setTimeout(10)
    child.kill('SIGKILL')
    const { code, out } = await ended
    assert.equal(code, null, 'was killed before it was done')
    assert.equal(out, '')
    const now = await head()
    assert.ok(now >= until && now > before && now < reference.invoices.size, `${before} → ${now} events`)
    before = now
  }

  const { code, out, err } = await start().ended
  assert.equal(code, 0, err)
  assert.match(err, /Importing: 15,048 of 15,048 invoices, 100 %/)
  const summary = JSON.parse(out.trimEnd().split('\n').at(-1) ?? '') as Record<string, number>

  await t.test('The totals of the whole file are told, after a restart too', () => {
    assert.deepEqual(Object.keys(summary), keys)
    const { seconds = 0, eventsPerSecond = 0, ...totals } = summary
    assert.deepEqual(totals, reference.totals)
    assert.ok(seconds > 0)
    const ofThisRun = reference.invoices.size - before
    // Both are rounded.
    const inexact = seconds + eventsPerSecond / 1_000
    assert.ok(Math.abs(eventsPerSecond * seconds - ofThisRun) <= inexact, `${ofThisRun} events in ${seconds} s`)
  })

  await t.test('Every invoice is one event, at a position without a gap', async () => {
    const streams = new Set<string>()
    let position = 0
    for (let end = false, next: Awaited<ReturnType<typeof app.events.head>>['token'] | 0 = 0; !end; ) {
      const page = await app.events.read({ after: next, limit: 1_000 })
      for (const event of page.events) {
        assert.equal(event.position, ++position)
        assert.equal(event.version, 1)
        streams.add(event.streamId)
        const expected = reference.invoices.get(event.streamId)
        const data = event.data as { customerId: string; total: number; items: unknown[] }
        assert.equal(event.type, event.streamId.startsWith('C') ? 'CreditNoteIssued' : 'OrderPlaced')
        assert.deepEqual(
          [event.occurredAt, data.customerId, data.items.length, BigInt(data.total)],
          [`${expected?.time.replace(' ', 'T')}:00.000Z`, expected?.customer || 'unknown', expected?.lines, expected?.total],
        )
      }
      next = page.next
      end = page.end
    }
    assert.equal(position, reference.invoices.size)
    assert.equal(streams.size, reference.invoices.size)
  })

  await t.test('The revenue of each day agrees', async () => {
    const { items, next } = await app.views.revenue.find({ order: 'date', limit: 1_000 })
    assert.equal(next, null)
    const days = items.map(({ document: { date, ...day } }) => [date, day])
    assert.deepEqual(
      days,
      [...reference.days].sort(([a], [b]) => (a < b ? -1 : 1)),
    )
  })

  await t.test('Every refused line is in the file with its number and reason', async () => {
    const [header, ...lines] = (await readFile(refusedFile, 'utf8')).trimEnd().split('\n')
    assert.equal(header, 'Line,Reason,InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country')
    assert.deepEqual(
      lines.map((line) => Number(line.split(',')[0])),
      reference.refused,
    )
    for (const line of lines) assert.match(line, /^\d+,[a-z][a-z -]+,[0-9AC]/)
  })

  await t.test('Run once more, it does nothing and tells the same totals', async () => {
    const again = await start().ended
    const { seconds: _, eventsPerSecond, ...totals } = JSON.parse(again.out) as Record<string, number>
    assert.deepEqual(totals, reference.totals)
    assert.equal(eventsPerSecond, 0)
    assert.equal(await head(), reference.invoices.size)
  })
})
