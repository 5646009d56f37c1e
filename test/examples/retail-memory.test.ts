import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { after, test } from 'node:test'

const main = resolve(import.meta.dirname, '../../examples/shop/import/main.ts')
const folder = await mkdtemp(join(tmpdir(), 'khata-retail-memory-'))
after(() => rm(folder, { recursive: true, force: true }))

const invoices = 4_000
/** Letters of a description, of which an order keeps 500. Those of accepted and of refused lines are 60 MB each. */
const letters = 15_000
/** More than an import needs; less than the accepted lines, or the refused ones, would take together. */
const heapMb = 48

function* lines(): Generator<string> {
  yield 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n'
  const text = 'x'.repeat(letters)
  for (let invoice = 1; invoice <= invoices; invoice++) {
    for (const quantity of [0, 1]) yield `${invoice},A,${text},${quantity},2010-12-01 08:27,1,17850,UK\n`
  }
}

test('The retail import holds a part of its file at a time: it ends in a heap that is smaller than that', async () => {
  const file = join(folder, 'shop.csv')
  await pipeline(lines, createWriteStream(file))
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [`--max-old-space-size=${heapMb}`, '--conditions=khata-source', main, file, '--store', `sqlite:${join(folder, 'shop.db')}`],
    { encoding: 'utf8' },
  )
  assert.equal(status, 0, stderr)
  const { orders, linesRefused } = JSON.parse(stdout) as { orders: number; linesRefused: number }
  assert.deepEqual([orders, linesRefused], [invoices, invoices])
})
