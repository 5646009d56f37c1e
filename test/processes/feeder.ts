/** A process that feeds the view of purses over a store, until it is killed: `node feeder.ts URL`. */
import { khata } from 'khata'
import { parts } from './purses.ts'

const [store = ''] = process.argv.slice(2)
const app = await khata({ store, use: parts, runReactions: false })
process.on('SIGTERM', async () => {
  await app.close()
  process.exit(0)
})
process.stdout.write('ready\n')
// What feeds views does not keep a process alive.
setInterval(() => {}, 60_000)
