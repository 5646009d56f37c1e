/**
 * Commands that are sent at a time. Each is kept as a timer until then, so what could never be sent is refused here,
 * where whoever asked still hears of it.
 */
import { v7 } from 'uuid'
import { findLoss } from '../../model/check-value.ts'
import { KhataError } from '../../model/error.ts'
import { momentFrom } from '../../model/timestamp.ts'
import type { Engine } from '../../ports/engine.ts'
import type { Timer } from '../../ports/reaction-store.ts'
import type { Reactions } from '../app-reactions.ts'
import { checkInput } from '../flight.ts'
import { isKey } from '../idempotency.ts'
import type { Registry } from '../registry.ts'

/** The name under which commands that were put off are kept. */
export const putOff = 'command'

/** With the rest of what {@link timerKey} makes of it, at any time there is, a key has at most 256 characters. */
const maxKeyLength = 230

/** The idempotency key of the command that a timer sends: the same however often it is tried. */
export function timerKey({ id, dueAt }: Pick<Timer, 'id' | 'dueAt'>): string {
  return `${id}@${dueAt}`
}

/** Puts commands off, and calls them off. */
export function commandsForLater(engine: Engine, registry: Registry): Pick<Reactions, 'sendLater' | 'cancelLater'> {
  const timerId = (key: string): string => `${putOff}/${key}`

  return {
    async sendLater({ command, input }, at, key = v7()) {
      const target = registry.commands.get(command)
      if (!target) throw new KhataError('unknown-command', `There is no command '${command}'.`, { command })
      const dueAt = momentFrom(at)?.ms
      if (dueAt === undefined) {
        throw new KhataError('usage', 'A command is put off to a time as ISO 8601 with a zone.', null)
      }
      if (!isKey(key, maxKeyLength)) {
        const message = `must be 1 to ${maxKeyLength} printable ASCII characters`
        throw new KhataError('validation', `The key of a command for later ${message}.`, { errors: [{ path: 'key', message }] })
      }
      const loss = findLoss(input)
      if (loss) {
        const message = `is ${loss.found}, and what is kept for later must be JSON`
        throw new KhataError('validation', `The input of ${command} is not valid.`, { errors: [{ path: loss.path, message }] })
      }
      checkInput(target, input)
      const body = JSON.stringify({ command, input })
      await engine.events.commit({ timers: [{ set: { id: timerId(key), consumer: putOff, dueAt, body } }] })
      return key
    },
    async cancelLater(key) {
      const id = timerId(key)
      const [known] = await engine.reactions.timers({ id, limit: 1 })
      if (!known) return false
      return (await engine.events.commit({ timers: [{ fired: id, dueAt: known.dueAt }] })).outcome === 'committed'
    },
  }
}
