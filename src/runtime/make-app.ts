/** Puts an app together: the one place where its rooms' pieces meet. */
import { KhataError, Rejected } from '../model/error.ts'
import type { Part } from '../model/part.ts'
import { momentFrom } from '../model/timestamp.ts'
import type { Engine } from '../ports/engine.ts'
import { aggregateStates } from './aggregate-states.ts'
import type { Action, AnyApp, App, AppModel, AppOptions, Loaded, MomentOptions, Outcome, Receipt, SendOptions } from './app.ts'
import { queryBus } from './ask.ts'
import { boundaryStates } from './boundary-states.ts'
import { commandBus } from './command-bus.ts'
import { compileView } from './compiled-view.ts'
import { describe } from './describe.ts'
import { eventLog } from './event-log.ts'
import { Gate } from './gate.ts'
import { generationsOf } from './generations.ts'
import { healthOf } from './health.ts'
import { historyOf } from './history.ts'
import { inlineViews } from './inline-views.ts'
import { newOwner } from './leased.ts'
import { membersOf } from './members.ts'
import { runProjection } from './projection-runner.ts'
import { projectionsOf } from './projections.ts'
import type { Consumer } from './reactions/consumer.ts'
import { type ConsumerRunner, runConsumer } from './reactions/consumer-runner.ts'
import { noter } from './reactions/notes.ts'
import { processConsumer } from './reactions/process-consumer.ts'
import { reactionsOf } from './reactions/reactions.ts'
import { reactorConsumer } from './reactions/reactor-consumer.ts'
import { registered } from './reactions/registration.ts'
import { nextTime, runScheduler, type Scheduler } from './reactions/scheduler.ts'
import { reactionsTo } from './reactions/traced.ts'
import { registryOf } from './registry.ts'
import { checkStreamId } from './stream-name.ts'
import { subjectsOf } from './subject.ts'
import { tailOf } from './tail.ts'
import { tokensOf } from './token.ts'
import { viewOf } from './views.ts'
import { checkWhole } from './whole-log.ts'
import { writesOf } from './writes.ts'

const defaultCachedStates = 10_000
const defaultKeyLifetimeMs = 7 * 24 * 3_600_000
const defaultCommandLimit = 10_000
/** How long an app takes at most to close, its store included, whatever a server does. */
const closeMs = 15_000
/** Of that, what is left to the store to finish what it has accepted, when what was begun does not end. */
const storeCloseMs = 2_000

/** Makes an app of parts over an open engine. The app closes the engine. */
export async function makeApp(engine: Engine, parts: readonly Part[], options: AppOptions): Promise<AnyApp> {
  const registry = registryOf(parts)
  const clock = options.clock ?? Date.now
  const owner = newOwner()
  const closing = new AbortController()
  const problems = new Set<string>()
  const identity = await engine.identity()
  await checkWhole(engine)
  const history = historyOf(engine, identity)
  const tokens = tokensOf(engine.events, () => history.epoch)
  const tail = tailOf(engine, registry, history)
  const generations = generationsOf(engine, clock)
  const compiled = [...registry.projections.values()].map(compileView)
  const inline = inlineViews(
    engine,
    compiled.filter(({ mode }) => mode === 'inline'),
    generations,
  )
  const gate = new Gate()
  const writes = writesOf(clock)
  const views = new Map(compiled.map((view) => [view.name, viewOf({ engine, generations, tail, tokens }, view)]))
  const cachedStates = options.cachedStates ?? defaultCachedStates
  const aggregates = aggregateStates(engine, registry, cachedStates, (problem) => problems.add(problem))
  const boundaries = boundaryStates(engine, registry, cachedStates)
  history.onBreak(() => {
    aggregates.forget()
    boundaries.forget()
    generations.forget()
  })

  const authorize = async (action: Action): Promise<void> => {
    if (!options.authorize || (await options.authorize(action)) === true) return
    if (action.user === null || action.user === undefined) {
      throw new KhataError('unauthenticated', 'Say who you are: this needs a log-in.', null)
    }
    throw new KhataError('forbidden', `You may not do this: ${action.kind} ${action.name}.`, { action: action.name })
  }

  const commands = commandBus({
    engine,
    registry,
    subjects: subjectsOf(registry, aggregates, boundaries),
    inline,
    tail,
    tokens,
    gate,
    writes,
    clock,
    authorize: (name, input, user) => authorize({ kind: 'command', name, input, user: user ?? null }),
    commandLimit: options.commandLimit ?? defaultCommandLimit,
    keyLifetimeMs: options.keyLifetimeMs ?? defaultKeyLifetimeMs,
  })
  const queries = queryBus(registry, views, tokens, (name, input, user) =>
    authorize({ kind: 'query', name, input, user: user ?? null }),
  )
  const notes = noter(engine, clock)
  const consumerParts = { engine, registry, commands, notes, clock }
  const processes = [...registry.processes.values()].map((process) => processConsumer(consumerParts, process))
  const consumers = new Map<string, Consumer>(
    [...[...registry.reactors.values()].map((reactor) => reactorConsumer(consumerParts, reactor)), ...processes].map((one) => [
      one.name,
      one,
    ]),
  )
  for (const schedule of registry.schedules.values()) nextTime(schedule, clock())
  // A copy must not send again what the original sends: somebody says first that it is the one that goes on.
  const copied = identity.home !== identity.here
  const reacts = options.runReactions !== false && !copied
  if (reacts) for (const consumer of consumers.values()) await registered(engine, consumer, clock)

  // Nothing fails from here on: what is started now would go on without an app.
  const codeVersion = options.codeVersion ?? null
  const members =
    options.runProjections === false
      ? null
      : membersOf({ engine, owner, writes, clock }, compiled, options.runProjections === 'if-nobody-else')
  const runners = new Map(
    members === null
      ? []
      : compiled.map((view) => [
          view.name,
          runProjection({ engine, registry, codeVersion, tail, generations, members, inline, gate, clock }, view),
        ]),
  )
  const projections = projectionsOf({ engine, views, generations, runners, tail, clock })
  const consumerRunners = new Map<string, ConsumerRunner>()
  let scheduler: Scheduler | null = null
  if (reacts) {
    const runnerParts = { engine, owner, registry, tail, notes, clock, chance: Math.random, codeVersion }
    for (const consumer of consumers.values()) consumerRunners.set(consumer.name, runConsumer(runnerParts, consumer))
    scheduler = runScheduler({ ...runnerParts, commands, processes, schedules: [...registry.schedules.values()] })
  }
  const held = copied ? `The store was copied or moved from ${identity.home}: it waits for khata adopt.` : null
  const reactions = reactionsOf({ engine, owner, registry, consumers, runners: consumerRunners, held, notes, clock })

  const open = (): void => {
    if (closing.signal.aborted) throw new KhataError('closed', 'The app is closed.', null)
  }
  const attempt = async (command: string, input: unknown, send: SendOptions = {}): Promise<Outcome<string>> => {
    open()
    return commands.send(command, input, send)
  }
  const viewNamed = (name: string) => {
    open()
    const view = views.get(name)
    if (!view) throw new KhataError('unknown-query', `There is no view '${name}'.`, { query: name })
    return view
  }
  const loadByName = async (category: string, id: string, moment: MomentOptions = {}): Promise<Loaded<unknown>> => {
    open()
    const aggregate = registry.aggregates.get(category)
    if (!aggregate) throw new KhataError('unknown-aggregate', `There is no aggregate '${category}'.`, { category })
    const streamId = checkStreamId(id, 'id')
    const past = moment.version !== undefined || moment.at !== undefined
    const held = past
      ? await aggregates.past(aggregate, streamId, momentOf(moment))
      : await aggregates.refresh(aggregate, streamId)
    return {
      state: held.state,
      version: held.version,
      at: held.recordedAt === null ? null : new Date(held.recordedAt).toISOString(),
    }
  }

  let closed: Promise<void> | null = null
  const end = async (): Promise<void> => {
    await Promise.all([...[...consumerRunners.values()].map((runner) => runner.stop()), scheduler?.stop()])
    await commands.drained()
    await Promise.all([...runners.values()].map((runner) => runner.stop()))
    await members?.close()
  }
  const close = async (): Promise<void> => {
    closing.abort()
    const late = new AbortController()
    const cut = setTimeout(() => late.abort(), closeMs)
    let timer: NodeJS.Timeout | undefined
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, closeMs - storeCloseMs)
    })
    await Promise.race([end(), enough])
    clearTimeout(timer)
    generations.close()
    tail.close()
    await engine.close(late.signal).finally(() => clearTimeout(cut))
  }

  const app: AnyApp & Pick<App<AppModel>, 'views'> & { query: unknown } = {
    async execute(command, input, send): Promise<Receipt> {
      const outcome = await attempt(command, input, send)
      if (outcome.rejected !== undefined) throw new Rejected(command, outcome.rejected, outcome.detail)
      return outcome
    },
    attempt,
    send: async (message, send) => (await attempt(message.command, message.input, send)) as never,
    load: async (aggregate, id, moment) => (await loadByName(aggregate.name, id, moment)) as never,
    loadByName,
    views: Object.fromEntries(views) as never,
    view: viewNamed,
    async query(name: string, input: unknown, asked: Parameters<typeof queries.query>[2] = {}) {
      open()
      return (await queries.query(name, input, asked)).data
    },
    async ask(name, parameters, asked = {}) {
      open()
      return queries.ask(name, parameters, asked)
    },
    events: eventLog(engine, registry, tail, tokens, closing.signal, (events) =>
      reactionsTo(engine, [...consumers.values()], events),
    ),
    projections,
    reactions,
    catalogue: describe(registry, compiled),
    health: () => {
      const timersHeld = scheduler?.error ?? null
      return healthOf({
        engine,
        identity,
        history,
        projections,
        reactions,
        timersHeld,
        problems,
        writes,
        closing: closing.signal,
      })
    },
    authorize,
    engine,
    close() {
      closed ??= close()
      return closed
    },
    [Symbol.asyncDispose]() {
      return this.close()
    },
  }
  // A view over an empty store can be asked at once; one that has events to fold is waited for by whoever asks.
  await Promise.all([...runners.values()].map(({ started }) => started))
  return app
}

function momentOf({ version, at }: MomentOptions): { readonly version?: number; readonly recordedBy?: number } {
  if (version !== undefined && (!Number.isSafeInteger(version) || version < 0)) {
    const message = 'must be a whole number, 0 or more'
    throw new KhataError('validation', `The version ${message}.`, { errors: [{ path: 'version', message }] })
  }
  const recordedBy = at === undefined ? undefined : momentFrom(at)?.ms
  if (at !== undefined && recordedBy === undefined) {
    const message = 'must be a time as ISO 8601 with a zone'
    throw new KhataError('validation', `The time ${message}.`, { errors: [{ path: 'at', message }] })
  }
  return { ...(version === undefined ? {} : { version }), ...(recordedBy === undefined ? {} : { recordedBy }) }
}
