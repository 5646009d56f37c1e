/** A child process: runs reactors and processes over the store at argument 1 until it is killed. Argument 2: the file of effects. */
import { khata } from 'khata'
import { purse } from '../../src/runtime/ledger.fixture.ts'
import { moving, till, transfer } from '../../src/runtime/reactions/transfer.fixture.ts'
import { answer, errand, running } from './errands.ts'

const [, , store = '', file = ''] = process.argv
await khata({
  store,
  use: [errand, answer, running(file), purse, till, transfer, moving()],
  runProjections: false,
})
process.stdout.write('at work\n')
setInterval(() => {}, 60_000)
