/**
 * Runs an app's parts as several processes over one store, on a virtual clock, with faults chosen by a seed: answers
 * that come late or get lost, processes killed and started again, leases lost to a pause. Then lets everything come to
 * rest without faults, so that what must hold can be checked. The same seed chooses the same faults again.
 */
import { mock } from 'node:test'
import { anyApp, khata } from '../../khata.ts'
import type { Part } from '../../model/part.ts'
import type { Engine } from '../../ports/engine.ts'
import type { AnyApp } from '../../runtime/app.ts'
import { openSqlite } from '../../sqlite/index.ts'
import { type Faults, type FaultyEngine, faultyEngine, type Mechanism } from './faulty-engine.ts'
import { type Random, randomOf } from './random.ts'

/** What a scenario works with. */
export interface World {
  readonly seed: number
  readonly random: Random
  /** The store itself, without faults: for checks. */
  readonly engine: Engine
  /** A living process. */
  app(): AnyApp
  /** Lets virtual time pass. */
  pass(ms: number): Promise<void>
  /** Milliseconds since 1970. */
  now(): number
  /** Does something until it is answered, as a client does that got no answer: on whichever process lives. */
  insist<T>(work: (app: AnyApp) => Promise<T>): Promise<T>
  /** Remembers a side effect, unless the process that has it is dead. */
  effect(process: number, what: string): void
  readonly effects: readonly string[]
}

/** What is simulated. */
export interface Scenario {
  /** The parts of the app, made anew for each process; `process` is for {@link World.effect}. */
  use(world: World, process: number): readonly Part[]
  /** What clients do. */
  drive(world: World): Promise<void>
  /** What must hold once everything has come to rest. Throws when it does not. */
  check(world: World, app: AnyApp): Promise<void>
}

/** How a scenario is run; all have defaults. */
export interface SimulationOptions {
  /** Default 2. */
  readonly processes?: number
  readonly faults?: Partial<Faults>
  /** Into how many shards views are divided, among the processes. Default 4. */
  readonly viewShards?: number
  /** Switches a guarantee off, to see that the checks notice. */
  readonly without?: Mechanism
}

const usualFaults: Faults = { delay: 0.05, refused: 0.01, lost: 0.01, killed: 0.004, paused: 0.001 }
const usualShards = 4
const startedAt = Date.parse('2026-01-01T00:00:00Z')
const restTries = 400
const answerMs = 20_000
/** More events than any scenario has: something repeats itself without end. */
const eventLimit = 5_000

interface Process {
  readonly number: number
  readonly engine: FaultyEngine
  readonly app: AnyApp
}

/** A simulation that did not hold, with the seed that shows it again. */
export class SimulationFailed extends Error {
  readonly seed: number

  constructor(seed: number, cause: unknown) {
    super(`seed ${seed}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.name = 'SimulationFailed'
    this.seed = seed
  }
}

/**
 * Runs a scenario once.
 * @throws SimulationFailed with what the check threw, or when the app never came to rest
 */
export async function simulate(seed: number, scenario: Scenario, options: SimulationOptions = {}): Promise<void> {
  const random = randomOf(seed)
  const turn = setImmediate
  const originalRandom = Math.random
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'], now: startedAt })
  const giveBack = ownTimers()
  Math.random = random.next
  let running = true
  // One step of virtual time for each few turns of the event loop, so that what can happen at once does.
  const failed = Promise.withResolvers<never>()
  failed.promise.catch(() => {})
  const ticking = (async () => {
    while (running) {
      for (let n = 0; n < 4; n++) await new Promise<void>((resolve) => turn(() => resolve()))
      try {
        mock.timers.tick(1 + random.below(40))
      } catch (cause) {
        failed.reject(cause)
      }
    }
  })()
  try {
    await Promise.race([run(seed, random, scenario, options, failed.reject), failed.promise])
  } catch (cause) {
    throw new SimulationFailed(seed, cause)
  } finally {
    running = false
    await ticking
    Math.random = originalRandom
    giveBack()
    mock.timers.reset()
  }
}

/**
 * Lets only timers of this run be cleared: one of an app of an earlier run still knows its place in a queue that is gone,
 * and the mock would take another timer out of there. Answers how to end that.
 */
function ownTimers(): () => void {
  const { setTimeout, setInterval, clearTimeout, clearInterval } = globalThis
  const own = new WeakSet<object>()
  const made = (timer: NodeJS.Timeout): NodeJS.Timeout => {
    own.add(timer)
    return timer
  }
  const isOwn = (timer: unknown): boolean => typeof timer === 'object' && timer !== null && own.has(timer)
  Object.assign(globalThis, {
    setTimeout: (...given: Parameters<typeof setTimeout>) => made(setTimeout(...given)),
    setInterval: (...given: Parameters<typeof setInterval>) => made(setInterval(...given)),
    clearTimeout: (timer?: NodeJS.Timeout) => {
      if (isOwn(timer)) clearTimeout(timer)
    },
    clearInterval: (timer?: NodeJS.Timeout) => {
      if (isOwn(timer)) clearInterval(timer)
    },
  })
  return () => Object.assign(globalThis, { setTimeout, setInterval, clearTimeout, clearInterval })
}

async function run(
  seed: number,
  random: Random,
  scenario: Scenario,
  options: SimulationOptions,
  fail: (cause: unknown) => void,
): Promise<void> {
  const now = (): number => Date.now()
  const engine = { ...(await openSqlite(':memory:', { clock: now })), viewShards: options.viewShards ?? usualShards }
  const stopCounting = engine.onCommit(async () => {
    const { position } = await engine.events.head()
    if (position > eventLimit) fail(new Error(`it goes on and on: ${position} events`))
  })
  const pass = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
  let faults: Faults | null = { ...usualFaults, ...options.faults }
  const processes: Process[] = []
  const effects: string[] = []
  const dead = new Set<number>()
  const starting: Promise<void>[] = []
  let numbers = 0

  const startProcess = async (): Promise<void> => {
    const number = ++numbers
    const wrapped = faultyEngine(
      engine,
      random,
      () => faults,
      options.without ?? null,
      pass,
      () => {
        dead.add(number)
        const index = processes.findIndex((one) => one.number === number)
        if (index >= 0) processes.splice(index, 1)
        starting.push(pass(random.below(5_000)).then(startProcess))
      },
    )
    const made = khata({ store: wrapped, use: scenario.use(world, number), clock: now } as never)
    // A process that is killed while it starts never starts.
    await Promise.race([
      made.then(
        (app) => {
          if (!wrapped.killed) processes.push({ number, engine: wrapped, app: anyApp(app) })
        },
        () => wrapped.kill(),
      ),
      pass(60_000),
    ])
  }

  const insist: World['insist'] = async (work) => {
    for (;;) {
      const process = processes[random.below(Math.max(1, processes.length))]
      if (process) {
        const answer = await Promise.race([
          work(process.app).then(
            (value) => ({ value }),
            () => null,
          ),
          pass(answerMs).then(() => null),
        ])
        if (answer && !process.engine.killed) return answer.value
      }
      await pass(50 + random.below(500))
    }
  }

  const world: World = {
    seed,
    random,
    engine,
    app: () => (processes[random.below(processes.length)] as Process).app,
    pass,
    now,
    insist,
    effect(number, what) {
      if (!dead.has(number)) effects.push(what)
    },
    effects,
  }

  for (let n = 0; n < (options.processes ?? 2); n++) await startProcess()
  await scenario.drive(world)
  faults = null
  await pass(20_000)
  const app = await atRest(world, processes)
  await scenario.check(world, app)
  stopCounting()
  await Promise.all(processes.map((process) => process.app.close()))
}

/** Waits until no consumer has anything to do. */
async function atRest(world: World, processes: readonly Process[]): Promise<AnyApp> {
  let seen = ''
  for (let n = 0; n < restTries; n++) {
    await world.pass(1_000)
    const process = processes[0]
    if (!process) continue
    const { position: head } = await world.engine.events.head()
    const consumers = await process.app.reactions.list()
    const views = await process.app.projections.list()
    seen = JSON.stringify({ head, consumers, views })
    const quiet =
      consumers.every(({ lag, retrying }) => lag === 0 && retrying === 0) &&
      views.every(({ lag, state }) => lag === 0 && state !== 'building')
    if (quiet && (await world.engine.events.head()).position === head) return process.app
  }
  throw new Error(`it never came to rest: ${seen}`)
}
