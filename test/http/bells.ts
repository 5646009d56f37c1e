/** A business with side effects: coins are dropped into wells, and a bell rings for each, unless it is broken. */
import type { TestContext } from 'node:test'
import * as z from 'zod'
import { type HttpOptions, serve } from '../../src/http/index.ts'
import { aggregate, anyApp, khata, process, projection, reactor } from '../../src/index.ts'
import type { AppOptions } from '../../src/runtime/app.ts'
import { type Client, clientOf } from './client.ts'

const well = aggregate('well', {
  id: 'wellId',
  events: { CoinDropped: z.object({ coins: z.int().positive() }), WishGranted: z.object({}) },
  initial: { wishes: 0 },
  evolve: { WishGranted: ({ wishes }) => ({ wishes: wishes + 1 }) },
  commands: {
    Drop: {
      input: z.object({ wellId: z.string(), coins: z.int().positive() }),
      decide: ({ coins }) => ({ type: 'CoinDropped', data: { coins } }),
    },
    Grant: { input: z.object({ wellId: z.string() }), decide: () => ({ type: 'WishGranted', data: {} }) },
  },
})

/** What the bell did, whether it fails for odd numbers of coins, and whether nobody can count what is in the wells. */
export interface Bell {
  broken: boolean
  dark: boolean
  readonly rung: string[]
}

/** Serves wells, a reactor `bell`, a process `wishes` and a view `depths` on a free port until the test ends. */
export async function serveBells(
  context: TestContext,
  options: HttpOptions = {},
  appOptions: Partial<AppOptions> = {},
): Promise<Client & { readonly bell: Bell }> {
  const bell: Bell = { broken: true, dark: false, rung: [] }
  const ringing = reactor('bell', {
    from: [well],
    on: {
      CoinDropped: ({ streamId, data }) => {
        if (bell.broken && data.coins % 2 === 1) throw new Error('the bell is broken')
        bell.rung.push(`${streamId}:${data.coins}`)
      },
    },
    retry: { attempts: 1 },
    start: 'beginning',
  })
  const wishes = process('wishes', {
    from: [well],
    initial: { coins: 0 },
    correlate: ({ streamId }) => streamId,
    on: {
      CoinDropped: ({ coins }, { data, streamId }) => ({
        state: { coins: coins + data.coins },
        send: coins + data.coins >= 10 ? well.commands.Grant({ wellId: streamId }) : [],
      }),
    },
    start: 'beginning',
  })
  const depths = projection('depths', {
    from: [well],
    document: z.object({ coins: z.int() }),
    key: ({ streamId }) => streamId,
    on: {
      CoinDropped: (document, { data }) => {
        if (bell.dark && data.coins === 13) throw new Error('it is dark')
        return { coins: (document?.coins ?? 0) + data.coins }
      },
    },
  })
  const app = anyApp(
    await khata({ store: 'sqlite::memory:', use: [well, ringing, wishes, depths], codeVersion: 'v1', ...appOptions }),
  )
  context.after(() => app.close())
  const server = await serve(app, { port: 0, ...options })
  context.after(() => server.close())
  return { ...clientOf(app, server), bell }
}
