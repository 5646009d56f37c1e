/** A business as small as it can be: coins are put into jars and taken out. */
import type { TestContext } from 'node:test'
import * as z from 'zod'
import { type AnyApp, aggregate, anyApp, khata, projection, query, reject } from '../../src/index.ts'
import type { AppOptions } from '../../src/runtime/app.ts'

const coins = z.int().positive()
const jarId = z.string().min(1)

const jar = aggregate('jar', {
  id: 'jarId',
  events: {
    CoinsPutIn: z.object({ coins, note: z.string().optional(), weight: z.number().optional(), extra: z.unknown().optional() }),
    CoinsTakenOut: z.object({ coins }),
  },
  initial: { coins: 0 },
  evolve: {
    CoinsPutIn: (state, data) => ({ coins: state.coins + data.coins }),
    CoinsTakenOut: (state, data) => ({ coins: state.coins - data.coins }),
  },
  tags: { CoinsPutIn: (_data, id) => [`jar:${id}`] },
  commands: {
    PutIn: {
      input: z.object({
        jarId,
        coins,
        note: z.string().optional(),
        weight: z.number().optional(),
        extra: z.unknown().optional(),
      }),
      decide: ({ jarId: _, ...data }) => ({ type: 'CoinsPutIn', data }),
    },
    TakeOut: {
      input: z.object({ jarId, coins }),
      decide: (input, state) =>
        input.coins > state.coins
          ? reject('not-enough', { coins: state.coins })
          : { type: 'CoinsTakenOut', data: { coins: input.coins } },
      rejections: ['not-enough'],
      description: 'Takes coins out, <b>never more than are in</b>',
    },
  },
})

/** A command whose code is broken. */
const trap = aggregate('trap', {
  id: 'trapId',
  events: { Sprung: z.object({}) },
  initial: { sprung: false },
  evolve: {},
  commands: {
    Spring: {
      input: z.object({ trapId: z.string() }),
      decide: () => {
        throw new Error('a secret of the inside')
      },
    },
  },
})

const jars = projection('jars', {
  from: [jar],
  document: z.object({ coins: z.int(), note: z.string() }),
  key: (event) => event.streamId,
  on: {
    CoinsPutIn: (doc, { data }) => ({ coins: (doc?.coins ?? 0) + data.coins, note: data.note ?? doc?.note ?? '' }),
    CoinsTakenOut: (doc, { data }) => ({ coins: (doc?.coins ?? 0) - data.coins, note: doc?.note ?? '' }),
  },
  index: ['coins'],
  search: ['note'],
})

const fullest = query('fullest', {
  input: z.object({ count: z.coerce.number().int().min(1).max(10) }),
  views: [jars],
  answer: async ({ count }, { view }) => (await view(jars).find({ order: '-coins', limit: count })).items,
})

/** An app of jars; closed when the test ends. */
export async function jarApp(
  context: TestContext,
  options: Omit<AppOptions, 'store'> & { readonly file?: string } = {},
): Promise<AnyApp> {
  const { file = ':memory:', ...rest } = options
  const app = await khata({ store: `sqlite:${file}`, use: [jar, trap, jars, fullest], ...rest })
  context.after(() => app.close())
  return anyApp(app)
}
