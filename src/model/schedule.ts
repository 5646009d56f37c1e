import { checkSchedule } from './check-consumer.ts'
import type { Message } from './message.ts'

/** A schedule as it is kept at run time. */
export interface ScheduleDefinition {
  readonly cron: string
  readonly timeZone: string
  readonly late: 'fire' | 'drop'
  readonly send: (time: Date) => Message
}

/** A command that is sent again and again. Made by {@link schedule}. */
export interface Schedule<Name extends string = string> {
  readonly kind: 'schedule'
  readonly name: Name
  readonly definition: ScheduleDefinition
}

/**
 * Defines a recurring schedule: a command for each time of a cron expression. However many processes there are, and
 * whatever crashes, each time's command takes effect once.
 *
 * @param name kebab-case
 * @throws KhataError `definition` when the name, the cron expression or the time zone is not allowed
 */
export function schedule<const Name extends string>(
  name: Name,
  options: {
    /** Minute, hour, day of month, month, day of week; a sixth field in front is seconds. */
    readonly cron: string
    /** IANA name. Default `UTC`. */
    readonly timeZone?: string
    /** What happens after down time: `fire` sends the last time that was missed, `drop` none. Default `fire`. */
    readonly late?: 'fire' | 'drop'
    /** The command for a time. Pure. */
    readonly send: (time: Date) => Message
  },
): Schedule<Name> {
  const definition: ScheduleDefinition = {
    cron: options.cron,
    timeZone: options.timeZone ?? 'UTC',
    late: options.late ?? 'fire',
    send: options.send,
  }
  checkSchedule(name, options, definition)
  return { kind: 'schedule', name, definition }
}
