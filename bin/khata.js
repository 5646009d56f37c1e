#!/usr/bin/env node
/** The door of the command line. Plain JavaScript that old Nodes can read too, so that they can be told what is missing. */
import { existsSync } from 'node:fs'
import * as modules from 'node:module'

const needed = 24

if (Number.parseInt(process.versions.node, 10) < needed) {
  process.stderr.write(`Khata needs Node ${needed} or later; this is ${process.version}\n`)
  process.exitCode = 3
} else {
  // Compiled code is kept in the system's temporary folder: a command starts in half the time.
  modules.enableCompileCache()
  const source = new URL('../src/cli/main.ts', import.meta.url)
  const isCheckout = existsSync(source)
  if (isCheckout) {
    // In the repository the sources run as they are, also for what a khata.config.ts imports.
    modules.registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, 'khata-source'] }),
    })
  }
  const { main } = await import(isCheckout ? source.href : '../dist/cli/main.js')
  await main(process.argv)
}
