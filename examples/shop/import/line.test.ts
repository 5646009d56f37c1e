import assert from 'node:assert/strict'
import { test } from 'node:test'
import { judge } from './line.ts'

const good = ['536365', '85123A', 'WHITE HANGING HEART', '6', '2010-12-01 08:26', '2.55', '17850', 'United Kingdom']

/** A row with some values changed, by the number of their column. */
function row(changed: Record<number, string> = {}, complete = true) {
  return { line: 2, values: good.map((value, column) => changed[column] ?? value), complete }
}

function reason(changed: Record<number, string>): string | null {
  const line = judge(row(changed))
  return line.kind === 'refused' ? line.reason : null
}

test('A sale line becomes a line of an order', () => {
  assert.deepEqual(judge(row()), {
    kind: 'sale',
    invoice: '536365',
    productId: '85123A',
    productName: 'WHITE HANGING HEART',
    quantity: 6,
    price: 255,
    at: '2010-12-01T08:26:00.000Z',
    customerId: '17850',
    country: 'United Kingdom',
  })
})

test('A line of a C… invoice becomes a line of a credit note, with its quantity turned round', () => {
  const line = judge(row({ 0: 'C536379', 3: '-1' }))
  assert.deepEqual([line.kind, line.kind !== 'refused' && line.quantity], ['credit', 1])
  for (const quantity of ['1', '0', '-0']) {
    assert.equal(reason({ 0: 'C536379', 3: quantity }), 'quantity of a credit is not below zero')
  }
})

test('Other invoices are refused', () => {
  assert.equal(reason({ 0: 'A563185' }), 'bad-debt adjustment')
  for (const invoice of ['', 'X1', '12a', ' 536365', 'c536379', '５３６', `1${'0'.repeat(100)}`]) {
    assert.equal(reason({ 0: invoice }), 'invoice number is neither a sale nor a credit', invoice)
  }
})

test('Quantities are whole numbers above zero', () => {
  for (const quantity of ['1.5', 'x', '', '1e3', '--1']) assert.equal(reason({ 3: quantity }), 'quantity is not a whole number')
  for (const quantity of ['0', '-6', '-1.0']) assert.equal(reason({ 3: quantity }), 'quantity is not above zero')
  assert.equal(reason({ 3: '1000000001' }), 'quantity is too large')
  const whole = judge(row({ 3: '6.00' }))
  assert.equal(whole.kind === 'sale' && whole.quantity, 6)
})

test('Lines that an order could not hold are refused', () => {
  assert.equal(reason({ 3: '1000000000', 5: '10.01' }), 'comes to more than an order may')
  assert.equal(reason({ 2: 'HEA\0RT' }), 'holds a null character')
  const short = judge(row({}, false))
  assert.equal(short.kind === 'refused' && short.reason, 'has another number of fields than the header')
})

test('Times are minutes that exist', () => {
  for (const time of ['', '2010-12-01', '01/12/2010 08:26', '2010-02-30 08:26', '2010-12-01 24:00', '2010-12-01 08:60']) {
    assert.equal(reason({ 4: time }), 'time is not YYYY-MM-DD HH:MM', time)
  }
})

test('A product or customer without a number can be told', () => {
  const line = judge(row({ 1: ' ', 6: '' }))
  assert.ok(line.kind === 'sale')
  assert.deepEqual([line.productId, line.customerId], ['unknown', ''])
})
