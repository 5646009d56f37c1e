import { v7 } from 'uuid'
import { openPostgres } from '../../../src/postgres/index.ts'
import { newEvent } from '../../contenders/khata-store.ts'
import type { Finding, OpenProbed, ProbedStore } from './store.ts'

const races = 50
const racers = 16

/** Races in which not exactly one won. */
async function race(run: (race: number, racer: number) => Promise<boolean>): Promise<Finding> {
  let wrong = 0
  for (let number = 0; number < races; number++) {
    const won = await Promise.all(Array.from({ length: racers }, (_, racer) => run(number, racer)))
    if (won.filter(Boolean).length !== 1) wrong++
  }
  if (wrong === 0) return { good: true, text: `one winner in each of ${races} races of ${racers}` }
  return { good: false, text: `not one winner in ${wrong} of ${races} races of ${racers}` }
}

/** Several appends at one expected version, over four open stores. */
export async function winners(open: OpenProbed, url: string): Promise<Finding> {
  const stores: ProbedStore[] = []
  for (let i = 0; i < 4; i++) stores.push(await open(url))
  const finding = await race(
    async (number, racer) => (await stores[racer % 4]?.append(`account-${number}`, 0, `${number}/${racer}`)) ?? false,
  )
  let lengths = 0
  for (let number = 0; number < races; number++) {
    if ((await stores[0]?.stream(`account-${number}`))?.keys.length !== 1) lengths++
  }
  for (const store of stores) await store.close()
  return lengths === 0 ? finding : { good: false, text: `${finding.text}; ${lengths} streams without exactly one event` }
}

/** Several appends under one condition, that no event has a tag yet, each to a stream of its own. */
export async function boundaryWinners(url: string): Promise<Finding> {
  const engines = [await openPostgres(url), await openPostgres(url), await openPostgres(url), await openPostgres(url)]
  const finding = await race(async (number, racer) => {
    const tag = `seat:${number}`
    const outcome = await engines[racer % 4]?.events.commit({
      appends: [
        {
          category: 'seat',
          streamId: v7(),
          expected: 0,
          events: [{ ...newEvent({ accountId: 'seat', amount: 1, note: '' }), tags: [tag] }],
        },
      ],
      conditions: [{ query: [{ tags: [tag] }], after: 0, clause: 'moved-on' }],
    })
    return outcome?.outcome === 'committed'
  })
  for (const engine of engines) await engine.close()
  return finding
}

/** An append at a wrong version: nothing may have changed by it. */
export async function refusal(open: OpenProbed, place: string): Promise<Finding> {
  const store = await open(place)
  const stream = 'account-1'
  await store.append(stream, 0, 'first')
  const refused = !(await store.append(stream, 7, 'wrong'))
  const after = await store.stream(stream)
  const counted = (await store.counted?.(stream)) ?? after.keys.length
  const again = await store.append(stream, 1, 'second')
  await store.close()
  const faults = [
    refused ? '' : 'it was taken',
    after.keys.length === 1 ? '' : `${after.keys.length} events instead of 1`,
    after.version === 1 ? '' : `the stream is at ${after.version}`,
    counted === 1 ? '' : `the inline view counts ${counted}`,
    again ? '' : 'the right append afterwards is refused',
  ].filter(Boolean)
  return faults.length === 0 ? { good: true, text: 'nothing changed' } : { good: false, text: faults.join(', ') }
}

/** Appends that are right beside appends that are refused, at once: nothing that was acknowledged may be gone. */
export async function neighbours(open: OpenProbed, place: string): Promise<Finding> {
  const store = await open(place)
  const acknowledged: string[] = []
  const strange = new Set<string>()
  const count = 100
  const isWrong = (i: number): boolean => i % 3 === 2
  for (let i = 0; i < count; i++) if (isWrong(i)) await store.append(`account-${i}`, 0, 'first')
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      try {
        if (await store.append(`account-${i}`, isWrong(i) ? 7 : 0, String(i))) acknowledged.push(String(i))
      } catch (error) {
        strange.add((error as Error).message)
      }
    }),
  )
  let kept = 0
  for (const key of acknowledged) {
    if ((await store.stream(`account-${key}`)).keys.includes(key)) kept++
  }
  await store.close()
  const right = count - Math.floor(count / 3)
  const text = `${kept} of ${acknowledged.length} acknowledged are there, of ${right} that were right`
  const fails = strange.size > 0 ? `; others fail: ${[...strange][0]}` : ''
  return { good: kept === acknowledged.length && acknowledged.length === right, text: `${text}${fails}` }
}
