/** One of several processes that append at once: `appending-process.ts URL NUMBER WRITERS MS`, begins at the first message. */
import { once } from 'node:events'
import { openPostgres } from '../../../src/postgres/index.ts'
import { append, newEvent } from '../../contenders/khata-store.ts'
import { callers } from '../../measurement.ts'
import { depositedData } from '../../shape.ts'

const [url = '', number = '', writers = '', ms = ''] = process.argv.slice(2)
const engine = await openPostgres(url)
process.send?.('ready')
await once(process, 'message')
const sample = await callers(Number(writers), Number(ms), (caller, turn) => {
  const stream = `account-${number}-${caller}`
  return append(engine, stream, turn, [newEvent(depositedData(stream))])
})
await engine.close()
process.send?.(sample)
process.disconnect?.()
