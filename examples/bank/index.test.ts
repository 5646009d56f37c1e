import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, loan, stepsOfBank, transfer } from './index.ts'

test('Every step that is not for the outside is a command, and what customers need is not among them', () => {
  const commands = [account, loan, transfer].flatMap((part) => Object.keys(part.commands))
  for (const step of stepsOfBank) assert.ok(commands.includes(step), step)
  for (const command of ['Deposit', 'Withdraw', 'StartTransfer', 'ApplyForLoan', 'RepayLoan']) {
    assert.ok(commands.includes(command) && !stepsOfBank.has(command), command)
  }
})
