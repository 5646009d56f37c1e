/**
 * Two API processes and two workers over one store. Each is killed in turn, at once and without a goodbye, while customers
 * go on. In the end the log has no gap, every view equals a fresh fold of it, and the money is what was put in.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { type Load, startLoad } from './load.ts'
import { run, type Started, start } from './started.ts'

/** What to show. */
export interface Show {
  readonly store: string
  /** Which to kill, in this order. */
  readonly kills: readonly ('api-1' | 'api-2' | 'worker-1' | 'worker-2')[]
  readonly customers: number
  /** Milliseconds of quiet between two kills. */
  readonly betweenMs: number
  readonly say: (line: string) => void
}

/** What was seen. */
export interface Shown {
  readonly commands: number
  readonly events: number
  /** Milliseconds until every view had taken in a command that was given after the kill of a worker. */
  readonly handedOverMs: readonly number[]
  /** Milliseconds in which no command was acknowledged after the kill of an API process. */
  readonly silencesMs: readonly number[]
}

const rolesOf = { api: 'api', worker: 'projections,reactors' } as const
/** A lease, the time until somebody asks for it again, and much room for a slow machine. */
const handOverLimitMs = 15_000 + 3_000 + 102_000

interface Projection {
  readonly name: string
  readonly position: number
}

async function get<T>(url: string | null, path: string, headers: Record<string, string> = {}): Promise<T> {
  const response = await fetch(`${url}${path}`, { headers })
  const answer = (await response.json()) as T
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer
}

/** Runs it. Throws when anything is not as it must be. */
export async function show({ store, kills, customers, betweenMs, say }: Show): Promise<Shown> {
  const processes = new Map<string, Started>()
  const launch = async (name: string): Promise<void> => {
    const role = name.startsWith('api') ? 'api' : 'worker'
    processes.set(name, await start(name, store, rolesOf[role]))
  }
  const apis = (): readonly string[] => [...processes.values()].flatMap(({ url }) => (url === null ? [] : [url]))
  try {
    await Promise.all(['api-1', 'api-2', 'worker-1', 'worker-2'].map(launch))
    say(`Two API processes and two workers over ${store.replace(/\/\/[^@/]*@/, '//')}.`)
    const load = await startLoad(apis, customers)
    const [handedOverMs, silencesMs]: [number[], number[]] = [[], []]
    for (const name of kills) {
      await pause(betweenMs)
      const before = load.done
      load.longestSilence()
      const victim = processes.get(name)
      processes.delete(name)
      await victim?.kill()
      if (name.startsWith('api')) {
        await pause(betweenMs)
        silencesMs.push(load.longestSilence())
        say(`${name} was killed: ${load.done - before} commands since; the longest silence was ${seconds(silencesMs.at(-1))}.`)
      } else {
        handedOverMs.push(await handedOver(apis()[0] as string))
        say(
          `${name} was killed: its views were in other hands after ${seconds(handedOverMs.at(-1))}; ${load.done - before} commands since.`,
        )
      }
      await launch(name)
    }
    await load.stop()
    say(`${load.done} commands were acknowledged, ${load.repeated} were sent again because nobody had answered.`)
    const events = await settled(apis()[0] as string, load)
    for (const one of processes.values()) {
      const code = await one.end()
      if (code !== 0) throw new Error(`${one.name} ended with ${code}`)
    }
    const { code, text } = await run('verify', '--store', store)
    if (code !== 0) throw new Error(`khata verify found something: ${text}`)
    say(`khata verify: ${text.trim().split('\n').at(-1)}`)
    return { commands: load.done, events, handedOverMs, silencesMs }
  } finally {
    for (const one of processes.values()) await one.kill()
  }
}

/** Waits until every view is beyond where the log ends now; answers how long that took. */
async function handedOver(url: string): Promise<number> {
  const started = performance.now()
  const { position } = await headOf(url)
  for (;;) {
    const { projections } = await get<{ projections: Projection[] }>(url, '/api/projections')
    const waiting = projections.filter((view) => view.position < position)
    const took = performance.now() - started
    if (waiting.length === 0) return took
    if (took > handOverLimitMs)
      throw new Error(`after ${seconds(took)} nobody has taken over ${waiting.map(({ name }) => name)}`)
    await pause(50)
  }
}

async function headOf(url: string): Promise<{ readonly position: number }> {
  const { projections } = await get<{ projections: (Projection & { head?: number; lag: number })[] }>(url, '/api/projections')
  return { position: Math.max(...projections.map(({ position, lag }) => position + lag)) }
}

/** Waits until every transfer has ended, then compares the money with what was put in. Answers how many events there are. */
async function settled(url: string, load: Load): Promise<number> {
  const deadline = performance.now() + 2 * handOverLimitMs
  const after = { 'khata-after': load.token, 'khata-wait': '30000' }
  for (const id of load.transfers) {
    for (;;) {
      const one = await get<{ data: { status: string } | null }>(url, `/api/queries/transfers?id=${id}`, after)
      if (one.data && ['completed', 'failed'].includes(one.data.status)) break
      if (performance.now() > deadline) throw new Error(`the transfer ${id} is ${one.data?.status ?? 'not known'}`)
      await pause(50)
    }
  }
  let money = 0
  const { position } = await headOf(url)
  while (
    (await get<{ projections: Projection[] }>(url, '/api/projections')).projections.some((view) => view.position < position)
  ) {
    await pause(50)
  }
  for (const id of load.accounts) {
    money += (await get<{ data: { balance: number } }>(url, `/api/queries/balances?id=${id}`, after)).data.balance
  }
  if (money !== load.deposited) throw new Error(`${load.deposited} were put in, and ${money} are there`)
  return position
}

function seconds(ms = 0): string {
  return `${(ms / 1000).toFixed(1)} s`
}
