import { once } from 'node:events'
import type { Command } from 'commander'
import type { Server } from '../http/index.ts'
import type { AnyApp } from '../runtime/app.ts'
import { wholeNumber } from './arguments.ts'
import { addCommand, optionsOf } from './command.ts'
import { interruptSignal } from './interrupt.ts'
import { openFrom } from './open.ts'
import { printJson, printLine, say } from './output.ts'
import { type Role, readSettings, rolesOf, type Settings } from './settings.ts'

/** `khata start`: the business of the config file, served over HTTP until it is told to end. */
export function addStart(program: Command): void {
  addCommand(program, {
    usage: 'start',
    summary: 'serve the business of khata.config.ts over HTTP',
    examples: [
      'khata start',
      'PORT=8080 khata start',
      'khata start --store sqlite:shop.db --no-sample',
      'khata start --roles projections,reactors          a worker beside another process that has the API',
    ],
  })
    .option('-p, --port <number>', 'before PORT and the config file; 0 takes a free one', wholeNumber(0))
    .option('--host <address>', 'before the config file; any but a loopback address needs `authenticate` there')
    .option('--roles <names>', 'what this process does, before KHATA_ROLES: api, projections, reactors', (text) =>
      rolesOf(text, '--roles'),
    )
    .option('--no-sample', 'leave out the sample data of the config file')
    .action(async (_options, command: Command) => {
      const options = optionsOf<{ port?: number; host?: string; roles?: readonly Role[]; sample: boolean }>(command)
      const interrupted = interruptSignal()
      const settings = await readSettings(options, process.env)
      await using _services = await settings.services?.()
      const roles = options.roles ?? settings.roles
      const [views, reactions] = [roles.includes('projections'), roles.includes('reactors')]
      const app = await openFrom(settings, { parts: true, tables: 'make', views, reactions })
      try {
        await warnOfCopy(app)
        if (options.sample) await settings.sample?.(app as never)
        if (interrupted.aborted) return
        await using server = roles.includes('api') ? await listen(app, settings, options) : null
        const { url = null, port = null } = server ?? {}
        if (options.json) await printJson({ url, port, store: app.engine.name }, true)
        else if (url === null) await printLine('Khata is at work without an API.')
        else await printLine(settings.guide?.(url) ?? `Khata listens at ${url}`)
        say(`Facts are kept in ${app.engine.name}.`)
        if (!interrupted.aborted) await once(interrupted, 'abort')
        say('Ending: finishing what was accepted …')
      } finally {
        await app.close()
      }
    })
}

/** The server is loaded only here: no other command needs its packages. */
async function listen(
  app: AnyApp,
  settings: Settings,
  options: { readonly port?: number; readonly host?: string },
): Promise<Server> {
  const { serve } = await import('../http/index.ts')
  const port = options.port ?? settings.port
  const host = options.host ?? settings.host
  return serve(app, {
    ...(port !== undefined && { port }),
    ...(host !== undefined && { host }),
    ...(settings.authenticate && { authenticate: settings.authenticate }),
    ...(settings.routes && { routes: (http) => settings.routes?.(http, app) }),
  })
}

async function warnOfCopy(app: AnyApp): Promise<void> {
  const { home, here } = await app.engine.identity()
  if (home === here) return
  say(
    `This store was last at ${home} and is now at ${here}: moved or copied. Run \`khata adopt\` when this one goes on; until then no reactor, process or schedule runs here.`,
  )
}
