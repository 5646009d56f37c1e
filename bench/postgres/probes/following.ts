import pg from 'pg'
import { callers } from '../../measurement.ts'
import { server } from '../database.ts'
import type { Finding, OpenProbed, ProbedStore } from './store.ts'

/** Stores that are opened on one database, as several processes do. */
const openStores = 4
const writersEach = 16

/** Keys that came twice and keys that never came. */
function compare(written: readonly string[], seen: readonly string[]): Finding {
  const distinct = new Set(seen)
  const missing = written.filter((key) => !distinct.has(key)).length
  const repeated = seen.length - distinct.size
  const events = `${written.length.toLocaleString('en-GB')} events`
  if (missing === 0 && repeated === 0) return { good: true, text: `all of ${events} once` }
  return { good: false, text: `${missing} of ${events} missing, ${repeated} repeated` }
}

/** Waits until a number has grown to `goal`, or not at all for so long. */
async function settled(count: () => number, goal: number, patienceMs: number): Promise<void> {
  let last = count()
  for (let changed = performance.now(); count() < goal && performance.now() - changed < patienceMs; ) {
    await new Promise((resolve) => setTimeout(resolve, 50))
    if (count() === last) continue
    last = count()
    changed = performance.now()
  }
}

async function writeAll(stores: readonly ProbedStore[], ms: number): Promise<readonly string[]> {
  const written: string[] = []
  await callers(openStores * writersEach, ms, async (caller, turn) => {
    const key = `${caller}/${turn}`
    await stores[caller % openStores]?.append(`account-${caller}`, turn, key)
    written.push(key)
  })
  return written
}

/** A consumer that follows 64 writers, and another that reads the log when they have come to rest. */
export async function following(open: OpenProbed, url: string, ms: number): Promise<readonly [live: Finding, later: Finding]> {
  const stores: ProbedStore[] = []
  for (let i = 0; i < openStores; i++) stores.push(await open(url))
  const reader = await open(url)
  const seen: string[] = []
  const stop = await reader.consume((key) => seen.push(key))
  const written = await writeAll(stores, ms)
  await settled(() => seen.length, written.length, 10_000)
  // What comes twice may come last.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  await stop()
  const live = compare(written, seen)
  const late = await open(url)
  const later = compare(written, await late.catchUp())
  for (const store of [...stores, reader, late]) await store.close()
  return [live, later]
}

/** A consumer while a transaction is open in another database of the server. */
export async function held(open: OpenProbed, url: string, patienceMs: number): Promise<Finding> {
  const other = new pg.Client({ connectionString: server })
  await other.connect()
  const store = await open(url)
  try {
    await other.query('BEGIN')
    await other.query('SELECT pg_current_xact_id()')
    const seen: string[] = []
    const stop = await store.consume((key) => seen.push(key))
    for (let i = 0; i < 10; i++) await store.append('account-1', i, String(i))
    await settled(() => seen.length, 10, patienceMs)
    const during = seen.length
    await other.query('COMMIT')
    await settled(() => seen.length, 10, 10_000)
    await stop()
    const text = `${during} of 10 events within ${patienceMs / 1_000} s, ${seen.length} after it ended`
    return during === 10 ? { good: true, text: '10 of 10 events at once' } : { good: false, text }
  } finally {
    await other.end()
    await store.close()
  }
}
