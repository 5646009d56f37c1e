import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describe } from './progress.ts'

test('Progress says how far, how fast and how long still', () => {
  assert.equal(describe('Reading', 'lines', 12_000, null, 2), 'Reading: 12,000 lines, 6,000/s')
  assert.equal(describe('Importing', 'invoices', 0, 15_048, 0), 'Importing: 0 of 15,048 invoices, 0 %')
  assert.equal(
    describe('Importing', 'invoices', 5_000, 15_000, 10),
    'Importing: 5,000 of 15,000 invoices, 33 %, 500/s, ETA 20 s',
  )
  assert.equal(
    describe('Importing', 'invoices', 100, 15_100, 20),
    'Importing: 100 of 15,100 invoices, 0 %, 5/s, ETA 50 min 0 s',
  )
  assert.equal(describe('Importing', 'invoices', 9, 9, 3), 'Importing: 9 of 9 invoices, 100 %, 3/s')
})
