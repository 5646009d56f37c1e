const counts = { aggregates: 30, events: 10, commands: 10 }

/** The source of one aggregate with ten events and ten commands, as a team would write it. */
export function aggregateSource(index: number): string {
  const name = `Thing${index}`
  const events = range(
    counts.events,
    (i) => `    ${name}Event${i}: z.object({ amount, note${i}: z.string().min(1), at: z.string() }),`,
  )
  const evolve = range(
    counts.events,
    (i) =>
      `    ${name}Event${i}: (state, { amount, note${i} }) => ({ ...state, total: state.total + amount, last: note${i} }),`,
  )
  const commands = range(
    counts.commands,
    (i) => `    ${name}Command${i}: {
      input: z.object({ thingId: z.string(), amount, note: z.string(), tags: z.array(z.string()).optional() }),
      decide: ({ amount, note }, state, { now }) => {
        if (!state.open) return reject('not-open-${i}')
        if (amount > state.total) return reject('too-much', { total: state.total })
        return { type: '${name}Event${i}', data: { amount, note${i}: note, at: now.toISOString() } }
      },
    },`,
  )
  return `import { aggregate, reject } from 'khata'
import * as z from 'zod'

const amount = z.int().positive()

export const thing${index} = aggregate('thing-${index}', {
  id: 'thingId',
  events: {
${events}
  },
  initial: { open: false, total: 0, last: null as string | null, status: 'new' as 'new' | 'open' | 'closed' },
  evolve: {
${evolve}
  },
  commands: {
${commands}
  },
})
`
}

/** The source of the app and its 300 calls. */
export function appSource(): string {
  const names = range(counts.aggregates, (i) => `thing${i}`, ', ')
  const calls = range(counts.aggregates, (i) =>
    range(counts.commands, (j) => `await app.execute('Thing${i}Command${j}', { thingId: 'a', amount: ${j + 1}, note: 'x' })`),
  )
  return `import type { App, Distinct, Part } from 'khata'
${range(counts.aggregates, (i) => `import { thing${i} } from './thing-${i}.ts'`)}

declare function khata<const P extends readonly Part[]>(options: { store: string; use: P & Distinct<P> }): Promise<App<{ part: P[number] }>>

const app = await khata({ store: 'sqlite::memory:', use: [${names}] })
${calls}
`
}

/** All files of the project by name. */
export function projectFiles(): ReadonlyMap<string, string> {
  const files = new Map([['app.ts', appSource()]])
  for (let i = 0; i < counts.aggregates; i++) files.set(`thing-${i}.ts`, aggregateSource(i))
  return files
}

function range(count: number, line: (i: number) => string, separator = '\n'): string {
  return Array.from({ length: count }, (_, i) => line(i)).join(separator)
}
