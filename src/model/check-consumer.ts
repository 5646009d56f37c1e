import { checkFunction, checkKeys, checkName, checkRecord, checkWhole, refuse } from './check-name.ts'
import { checkSources } from './check-sources.ts'
import { findLoss } from './check-value.ts'
import type { ConsumerSettings } from './consumer.ts'
import type { ProcessDefinition } from './process.ts'
import type { ReactorDefinition } from './reactor.ts'
import type { ScheduleDefinition } from './schedule.ts'
import { longestTimerMs } from './units.ts'

const shared = ['from', 'on', 'retry', 'concurrency', 'timeoutMs', 'start', 'description']

/**
 * Refuses a reactor or process that cannot work, when it is defined rather than when its first event comes.
 * @param given what the caller gave: an option that does not exist is refused
 * @throws KhataError `definition` with one sentence: which part, what, and what to do
 */
export function checkConsumer(
  kind: 'reactor' | 'process',
  name: string,
  given: { readonly retry?: object },
  definition: ReactorDefinition | ProcessDefinition,
): void {
  const part = checkName(kind, name)
  checkKeys(part, given, kind === 'reactor' ? shared : [...shared, 'initial', 'correlate', 'deadlines', 'rejected'])
  if (given.retry) checkKeys(`${part}, retry`, given.retry, ['attempts', 'firstDelayMs', 'maxDelayMs'])
  checkSources(part, definition)
  checkSettings(part, definition.settings)
  if ('correlate' in definition) checkProcess(part, definition)
}

function checkSettings(part: string, settings: ConsumerSettings): void {
  checkWhole(part, 'retry.attempts', settings.attempts, 1)
  checkWhole(part, 'retry.firstDelayMs', settings.firstDelayMs, 1)
  checkWhole(part, 'retry.maxDelayMs', settings.maxDelayMs, settings.firstDelayMs)
  checkWhole(part, 'concurrency', settings.concurrency, 1)
  checkWhole(part, 'timeoutMs', settings.timeoutMs, 1, longestTimerMs)
  if (settings.start !== 'now' && settings.start !== 'beginning') refuse(part, `start must be 'now' or 'beginning'.`)
}

function checkProcess(part: string, definition: ProcessDefinition): void {
  checkFunction(part, 'correlate', definition.correlate)
  checkRecord(part, 'deadlines', definition.deadlines)
  for (const [name, handler] of Object.entries(definition.deadlines)) checkFunction(part, `deadlines['${name}']`, handler)
  if (definition.rejected !== null) checkFunction(part, 'rejected', definition.rejected)
  const loss = findLoss(definition.initial)
  if (loss !== null)
    refuse(part, `initial holds ${loss.found}: a state may hold only what JSON carries, because steps store it.`)
}

/**
 * Refuses a schedule that cannot work; whether its cron expression can be read is seen when the app starts.
 * @throws KhataError `definition`
 */
export function checkSchedule(name: string, given: object, definition: ScheduleDefinition): void {
  const part = checkName('schedule', name)
  checkKeys(part, given, ['cron', 'timeZone', 'late', 'send'])
  if (typeof definition.cron !== 'string') refuse(part, `cron must be a cron expression, like '0 3 * * *'.`)
  if (definition.late !== 'fire' && definition.late !== 'drop') refuse(part, `late must be 'fire' or 'drop'.`)
  checkFunction(part, 'send', definition.send)
  try {
    new Intl.DateTimeFormat('en', { timeZone: definition.timeZone })
  } catch {
    refuse(part, `the time zone '${definition.timeZone}' is not known: use an IANA name, like 'Asia/Dhaka'.`)
  }
}
