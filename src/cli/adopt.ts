import type { Command } from 'commander'
import { takeAsItIs } from '../runtime/whole-log.ts'
import { addCommand, optionsOf } from './command.ts'
import { openStore } from './open.ts'
import { printJson, printLine, say } from './output.ts'

/** `khata adopt`: says that this copy of a store is the one that goes on. */
export function addAdopt(program: Command): void {
  addCommand(program, {
    usage: 'adopt',
    summary: 'make a restored, moved or copied store the one that goes on',
    examples: ['khata adopt --store sqlite:restored.db'],
  })
    .option('--incomplete', 'also one that an import or a copy did not finish, when neither can be finished any more')
    .action(async (_options, command: Command) => {
      const options = optionsOf<{ readonly incomplete?: boolean }>(command)
      const partial = options.incomplete ?? false
      await using store = await openStore(options, { tables: 'update', partial })
      const identity = await store.adopt()
      const lack = partial ? await takeAsItIs(store) : null
      if (options.json) await printJson(identity, true)
      else await printLine(`${store.name} is at home at ${identity.home}; its epoch is ${identity.epoch}`)
      if (lack !== null) say(`It ${lack}, and is used as it is from now on. ${asItIs}`)
      say('Tokens of before are refused from now on: clients begin anew. Restart servers that have this store open.')
    })
}

const asItIs =
  'How far reactors and processes are may be missing or older than the log, and so may idempotency keys: what was done ' +
  'before may be done again. Look at `khata consumers` before you start on it: pause what must not be repeated, and ' +
  'rewind it to a place behind that. Make sure that nothing imports or copies into it any more.'
