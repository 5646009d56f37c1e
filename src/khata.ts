import { openEngine } from './engines.ts'
import { KhataError } from './model/error.ts'
import type { Distinct, Part } from './model/part.ts'
import type { Engine } from './ports/engine.ts'
import type { AnyApp, App, AppModel, AppOptions } from './runtime/app.ts'
import { makeApp } from './runtime/make-app.ts'

const known = new Set<string>([
  'store',
  'use',
  'authorize',
  'clock',
  'runProjections',
  'runReactions',
  'codeVersion',
  'cachedStates',
  'keyLifetimeMs',
  'commandLimit',
] satisfies (keyof AppOptions | 'use')[])

/**
 * Starts an app: opens the store, and runs the commands, views and queries of its parts over it.
 *
 * @throws KhataError `setting` for a wrong option or store URL, `definition` when parts do not fit together,
 * `store-unavailable`, `store-newer`, `store-damaged` when the store cannot be used
 */
export async function khata<const Parts extends readonly Part[]>(
  options: AppOptions & { readonly use: Parts & Distinct<Parts> },
): Promise<App<{ part: Parts[number] }>> {
  for (const name of Object.keys(options)) {
    if (!known.has(name)) {
      throw new KhataError('setting', `khata() has no option '${name}'. Options: ${[...known].join(', ')}.`, { setting: name })
    }
  }
  for (const name of ['cachedStates', 'keyLifetimeMs', 'commandLimit'] as const) {
    const value = options[name]
    if (value !== undefined && (!Number.isInteger(value) || value < 1)) {
      throw new KhataError('setting', `The option ${name} must be a whole number above zero, not ${value}.`, { setting: name })
    }
  }
  const opened = typeof options.store === 'string'
  const engine: Engine = opened
    ? await openEngine(options.store as string, options.clock ? { clock: options.clock } : {})
    : (options.store as Engine)
  try {
    return (await makeApp(engine, options.use, options)) as unknown as App<{ part: Parts[number] }>
  } catch (error) {
    if (opened) await engine.close()
    throw error
  }
}

/** An app as tools see it that know no names at compile time. */
export function anyApp(app: App<AppModel> | App<any>): AnyApp {
  return app as unknown as AnyApp
}
