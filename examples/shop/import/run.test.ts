import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { khata } from 'khata'
import { shop } from '../index.ts'
import { importRetail } from './run.ts'
import { columns } from './source.ts'

const folder = await mkdtemp(join(tmpdir(), 'khata-import-'))
after(() => rm(folder, { recursive: true, force: true }))

const lines = [
  columns.join(','),
  '100,A,apple,2,2010-12-01 08:27,2.5,,UK',
  '101,B,"bread, white",1,2010-12-01 09:00,1,17850,France',
  'C102,A,apple,-3,2010-12-02 10:00,2.50,17850,UK',
  '100,B,bread,1,2010-12-01 08:10,0.999,17851,UK',
  '100,C,cake,10,2010-12-01 08:20,0.25,17851,UK',
  'A103,B,Adjust bad debt,1,2010-12-02 10:00,11062.06,,UK',
  '104,,,-1,2010-12-02 11:00,0,,UK',
  '101,,lost,-1,2010-11-30 09:00,1,17850,France',
]

async function setUp(name: string, content = lines) {
  const file = join(folder, `${name}.csv`)
  await writeFile(file, `${content.join('\n')}\n`)
  return { file, store: `sqlite:${join(folder, `${name}.db`)}`, refused: join(folder, `${name}.refused.csv`) }
}

const totals = {
  orders: 2,
  creditNotes: 1,
  invoicesRefused: 2,
  linesAccepted: 4,
  linesRefused: 4,
  gross: 850,
  credited: 750,
  net: 100,
}

test('Lines become orders and credit notes, adjacent or not, and the rest is written down with its reason', async () => {
  const given = await setUp('whole')
  const summary = await importRetail(given, new AbortController().signal)
  assert.deepEqual({ ...summary, seconds: 0, eventsPerSecond: 0 }, { ...totals, seconds: 0, eventsPerSecond: 0 })
  assert.equal(
    await readFile(given.refused, 'utf8'),
    [
      `Line,Reason,${columns.join(',')}`,
      '5,price has more than two decimals,100,B,bread,1,2010-12-01 08:10,0.999,17851,UK',
      '7,bad-debt adjustment,A103,B,Adjust bad debt,1,2010-12-02 10:00,11062.06,,UK',
      '8,quantity is not above zero,104,,,-1,2010-12-02 11:00,0,,UK',
      '9,quantity is not above zero,101,,lost,-1,2010-11-30 09:00,1,17850,France',
      '',
    ].join('\n'),
  )

  await using app = await khata({ store: given.store, use: shop })
  const [placed] = await app.events.stream('order', '100')
  assert.deepEqual(placed?.data, {
    customerId: '17851',
    customerName: '17851',
    items: [
      { productId: 'A', productName: 'apple', quantity: 2, price: 250 },
      { productId: 'C', productName: 'cake', quantity: 10, price: 25 },
    ],
    shippingAddress: 'UK',
    total: 750,
  })
  // The line of 08:10 was refused, so the earliest minute that counts is 08:20.
  assert.equal(placed?.occurredAt, '2010-12-01T08:20:00.000Z')
  const [credited] = await app.events.stream('credit-note', 'C102')
  assert.equal(credited?.type, 'CreditNoteIssued')
  assert.deepEqual(await app.views.revenue.get('2010-12-01'), {
    date: '2010-12-01',
    gross: 850,
    credited: 0,
    net: 850,
    orders: 2,
    creditNotes: 0,
  })
  assert.equal(await app.views.revenue.get('2010-11-30'), null)
})

test('An invoice without a customer is placed by unknown', async () => {
  const given = await setUp('unknown', [...lines.slice(0, 1), '100,A,apple,2,2010-12-01 08:27,2.5,,UK'])
  await importRetail(given, new AbortController().signal)
  await using app = await khata({ store: given.store, use: shop })
  const { orders } = await app.query('customer-history', { id: 'unknown' })
  assert.deepEqual(
    orders.map(({ orderId }) => orderId),
    ['100'],
  )
})

test('Stopped on the way and run again, everything is there once and the totals are of the whole file', async () => {
  const many = Array.from({ length: 12_000 }, (_, n) => `${1000 + n},A,apple,1,2010-12-01 08:27,1,17850,UK`)
  const given = await setUp('stopped', [...lines.slice(0, 1), ...many])
  const stop = new AbortController()
  await using app = await khata({ store: given.store, use: shop, runProjections: false })
  const running = importRetail(given, stop.signal)
  for await (const { event } of app.events.follow()) {
    if (event.position === 200) break
  }
  stop.abort()
  assert.equal(await running, null)
  const { position } = await app.events.head()
  assert.ok(position >= 200 && position < 12_000, `${position} of 12_000`)

  const summary = await importRetail(given, new AbortController().signal)
  assert.equal(summary?.orders, 12_000)
  assert.equal(summary?.gross, 1_200_000)
  assert.equal((await app.events.head()).position, 12_000)
})

test('A file that changed since it was imported is refused, and nothing is done twice', async () => {
  const given = await setUp('changed')
  await importRetail(given, new AbortController().signal)
  await writeFile(given.file, `${[...lines, '101,B,bread,1,2010-12-01 09:00,1,17850,France'].join('\n')}\n`)
  await assert.rejects(importRetail(given, new AbortController().signal), { code: 'idempotency-key-reused' })
  await using app = await khata({ store: given.store, use: shop, runProjections: false })
  assert.equal((await app.events.head()).position, 3)
})

test('A wrong file leaves neither a store nor a half-written file behind', async () => {
  const given = await setUp('wrong', [...lines, '105,"'])
  await assert.rejects(importRetail(given, new AbortController().signal), /is not a CSV file/)
  assert.deepEqual(
    (await readdir(folder)).filter((name) => name.startsWith('wrong')),
    ['wrong.csv'],
  )
})
