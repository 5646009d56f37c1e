import { test } from 'node:test'
import type { Engine, EngineOptions } from '../../ports/engine.ts'

/** Opens a new, empty store. */
export type OpenEngine = (options?: EngineOptions) => Promise<Engine>

/** What a conformance suite may be told about an engine. */
export interface ConformanceOptions {
  /** Which engine it is; in every title. */
  readonly name: string
  /** Opens the store of an engine once more, while it is open or after it was closed; left out when it cannot be. */
  readonly reopen?: (engine: Engine, options?: EngineOptions) => Promise<Engine>
  /** Promises that this engine does not keep, by number, each with the reason. */
  readonly skip?: Readonly<Record<string, string>>
}

/** What the body of a promise's test works with. Every engine that it opens is closed afterwards. */
export interface Bench {
  open(options?: EngineOptions): Promise<Engine>
  /** Another engine on the same store. */
  again(engine: Engine, options?: EngineOptions): Promise<Engine>
}

/** Registers the test of one numbered promise; its title begins with the number. */
export type Promised = (title: string, body: (bench: Bench) => Promise<void>, needs?: 'reopen') => void

/** Makes what registers the tests of a suite. */
export function suite(open: OpenEngine, options: ConformanceOptions): Promised {
  const { reopen, skip = {} } = options
  return (title, body, needs) => {
    const number = title.split(' ')[0] ?? ''
    const reason = skip[number] ?? (needs === 'reopen' && !reopen ? 'the store cannot be opened twice' : undefined)
    test(`${title} [${options.name}]`, reason === undefined ? {} : { skip: reason }, async () => {
      const opened: Engine[] = []
      const keep = async (engine: Promise<Engine>): Promise<Engine> => {
        opened.push(await engine)
        return engine
      }
      try {
        await body({
          open: (given) => keep(open(given)),
          again: (engine, given) => keep(reopen ? reopen(engine, given) : Promise.reject(new Error('no reopen'))),
        })
      } finally {
        for (const engine of opened.reverse()) await engine.close()
      }
    })
  }
}
