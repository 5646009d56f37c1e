import assert from 'node:assert/strict'
import { test } from 'node:test'
import { penceOf } from './pence.ts'

test('Prices become pence, digit by digit', () => {
  const prices = {
    '2.55': 255,
    '2.1': 210,
    '3': 300,
    '0.01': 1,
    '1.005000': 'two',
    '1.10000': 110,
    '.5': 50,
    '7.': 700,
    '+1.20': 120,
  }
  for (const [text, pence] of Object.entries(prices)) {
    assert.equal(penceOf(text), pence === 'two' ? 'price has more than two decimals' : pence, text)
  }
  // Through floating point, 1.15 × 100 is 114.99999999999999 and this is one penny off.
  assert.equal(penceOf('1.15'), 115)
  assert.equal(penceOf('90071992547409.91'), Number.MAX_SAFE_INTEGER)
})

test('What is no price above zero with at most two decimals says why', () => {
  for (const text of ['', '.', 'x', '1e3', '0x10', '1,000.00', '1.2.3', '١'])
    assert.equal(penceOf(text), 'price is not a number', text)
  for (const text of ['0', '0.00', '0.000', '-1', '-0.001']) assert.equal(penceOf(text), 'price is not above zero', text)
  for (const text of ['0.001', '1.999', '12.3456']) assert.equal(penceOf(text), 'price has more than two decimals', text)
  assert.equal(penceOf('90071992547409.92'), 'price is too large')
})
