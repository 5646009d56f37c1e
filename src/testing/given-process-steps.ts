import type { AnyAggregate } from '../model/aggregate.ts'
import type { Message } from '../model/message.ts'
import type { AnyProcess } from '../model/process.ts'
import type { Timestamp } from '../model/units.ts'
import type { AnyPastEvent, PastEventElsewhere } from './given-events.ts'
import { type ProcessInstance, processBench } from './given-process.ts'
import { compare, short, throughJson, toldEvent } from './given-report.ts'

/**
 * A process on a virtual clock. `when`, `rejected` and `after` make something happen; each `expect…` compares what came
 * of the last of them, of the instance that acted last, and throws an `AssertionError` with the difference.
 */
export interface GivenProcess<State, Deadline extends string> {
  /** Another fact, one that happens now. */
  when(fact: PastEventElsewhere): this
  /** A command that it sent is rejected. */
  rejected(message: Message, code: string, detail?: unknown): this
  /** Time passes: deadlines that become due are reached, in order. */
  after(ms: number): this
  /** Exactly these commands are sent, in this order; none for "nothing is sent". */
  expectSends(...messages: readonly Message[]): this
  /** The deadline is set, to so many milliseconds from now or to a time if one is given. */
  expectDeadline(name: Deadline, due?: { readonly afterMs: number } | { readonly at: Date | Timestamp }): this
  /** The deadline is not set, or no longer. */
  expectNoDeadline(name: Deadline): this
  expectState(state: State): this
  /** It is over. */
  expectComplete(): this
  /** It goes on. */
  expectOpen(): this
  /** From here on, what is compared is the instance with this key, whichever acted last. */
  instance(id: string): this
}

/** Begins a test of a process. */
export function givenProcess(
  process: AnyProcess,
  past: readonly AnyPastEvent[],
  use: readonly AnyAggregate[],
): GivenProcess<unknown, string> {
  const bench = processBench(process, past, use)
  const done: string[] = []
  let chosen: string | null = null
  const story = { given: past, when: done }
  const current = (): ProcessInstance | null => (chosen === null ? bench.last : bench.instance(chosen))
  const shown = (deadline: string): string | null => {
    const at = current()?.deadlines.get(deadline)
    return at === undefined ? null : new Date(at).toISOString()
  }
  const expectCompletion = (complete: boolean, caller: Function): void => {
    compare(story, 'end', { complete: current()?.complete ?? false }, { complete }, caller)
  }

  const steps: GivenProcess<unknown, string> = {
    when(fact) {
      done.push(toldEvent(fact))
      bench.happen(fact)
      return steps
    },
    rejected(message, code, detail = null) {
      done.push(`${message.command} ${short(message.input)} is rejected: ${code}`)
      bench.reject(message, code, detail)
      return steps
    },
    after(ms) {
      done.push(`${ms} ms pass`)
      bench.pass(ms)
      return steps
    },
    expectSends(...messages) {
      compare(story, 'commands', throughJson(bench.sent), throughJson(messages), steps.expectSends)
      return steps
    },
    expectDeadline(name, ...expected) {
      const [due] = expected
      const at = due && new Date('afterMs' in due ? bench.now + due.afterMs : due.at).toISOString()
      const actual = shown(name)
      const wanted = at ?? actual ?? 'a time'
      compare(story, 'deadline', { [name]: actual }, { [name]: wanted }, steps.expectDeadline)
      return steps
    },
    expectNoDeadline(name) {
      compare(story, 'deadline', { [name]: shown(name) }, { [name]: null }, steps.expectNoDeadline)
      return steps
    },
    expectState(state) {
      compare(story, 'state', throughJson(current()?.state), throughJson(state), steps.expectState)
      return steps
    },
    expectComplete() {
      expectCompletion(true, steps.expectComplete)
      return steps
    },
    expectOpen() {
      expectCompletion(false, steps.expectOpen)
      return steps
    },
    instance(id) {
      chosen = id
      return steps
    },
  }
  return steps
}
