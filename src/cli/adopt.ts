import type { Command } from 'commander'
import { addCommand, optionsOf } from './command.ts'
import { openStore } from './open.ts'
import { printJson, printLine, say } from './output.ts'

/** `khata adopt`: says that this copy of a store is the one that goes on. */
export function addAdopt(program: Command): void {
  addCommand(program, {
    usage: 'adopt',
    summary: 'make a restored, moved or copied store the one that goes on',
    examples: ['khata adopt --store sqlite:restored.db'],
  }).action(async (_options, command: Command) => {
    const options = optionsOf(command)
    await using store = await openStore(options, { tables: 'update' })
    const identity = await store.adopt()
    if (options.json) await printJson(identity, true)
    else await printLine(`${store.name} is at home at ${identity.home}; its epoch is ${identity.epoch}`)
    say('Tokens of before are refused from now on: clients begin anew. Restart servers that have this store open.')
  })
}
