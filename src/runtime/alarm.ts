import { longestTimerMs } from '../model/units.ts'

/** Something that is called when a time has passed. */
export interface Alarm {
  stop(): void
}

/** Calls after any time, however long: timers of the platform are set one after the other. Does not keep the process alive. */
export function alarm(ms: number, ring: () => void): Alarm {
  let timer: NodeJS.Timeout
  const set = (left: number): void => {
    timer = setTimeout(() => (left > longestTimerMs ? set(left - longestTimerMs) : ring()), Math.min(left, longestTimerMs))
    timer.unref()
  }
  set(ms)
  return { stop: () => clearTimeout(timer) }
}
