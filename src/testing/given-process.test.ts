import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aggregate, process } from 'khata'
import * as z from 'zod'
import { given } from './given.ts'

const parcel = aggregate('parcel', {
  id: 'parcelId',
  events: { ParcelSent: z.object({ to: z.string() }), ParcelArrived: z.object({}) },
  initial: {},
  evolve: {},
  commands: {
    Remind: { input: z.object({ parcelId: z.string(), times: z.int().min(1) }), decide: () => null },
    Insure: { input: z.object({ parcelId: z.string(), to: z.string().min(1) }), decide: () => null },
    GiveUp: { input: z.object({ parcelId: z.string() }), decide: () => null },
  },
})
const { Remind, Insure, GiveUp } = parcel.commands

const tracking = process('tracking', {
  from: [parcel],
  initial: { to: '', reminders: 0 },
  correlate: (event) => event.streamId,
  on: {
    ParcelSent: (state, { data: { to } }, { id, now }) => ({
      state: { ...state, to },
      send: [Insure({ parcelId: id, to }), Remind({ parcelId: id, times: 1 })],
      deadline: { late: { afterMs: 1_000 }, lost: { at: new Date(now.getTime() + 3_500) } },
    }),
    ParcelArrived: () => ({ complete: true }),
  },
  deadlines: {
    late: (state, { id }) => ({
      state: { ...state, reminders: state.reminders + 1 },
      send: Remind({ parcelId: id, times: state.reminders + 2 }),
      deadline: { late: { afterMs: 1_000 } },
    }),
    lost: (_, { id }) => ({ send: GiveUp({ parcelId: id }), complete: true }),
  },
  rejected: (state, { code, detail }) => ({ state: { ...state, to: `${code} ${JSON.stringify(detail)}` } }),
})

const sentTo = (parcelId: string) => parcel.to(parcelId, { type: 'ParcelSent', data: { to: 'Dhaka' } })
const sent = sentTo('p')
const arrived = parcel.to('p', { type: 'ParcelArrived', data: {} })
const insure = Insure({ parcelId: 'p', to: 'Dhaka' })
const remind = (times: number) => Remind({ parcelId: 'p', times })

test('Commands, state and deadlines come of events', () => {
  given(tracking)
    .when(sent)
    .expectSends(insure, remind(1))
    .expectState({ to: 'Dhaka', reminders: 0 })
    .expectDeadline('late')
    .expectDeadline('late', { afterMs: 1_000 })
    .expectDeadline('lost', { afterMs: 3_500 })
    .when(arrived)
    .expectSends()
    .expectComplete()
    .expectNoDeadline('late')
})

test('Time passes as it is told to, and deadlines are reached in the order of their times', () => {
  given(tracking, [sent])
    .after(999)
    .expectSends()
    .after(1)
    .expectSends(remind(2))
    .expectDeadline('late', { afterMs: 1_000 })
    .after(2_500)
    .expectSends(remind(3), remind(4), GiveUp({ parcelId: 'p' }))
    .expectComplete()
    .after(1_000_000)
    .expectSends()
  // The events given are a second apart, and what is due between them is reached.
  given(tracking, [sent, sentTo('q'), sentTo('r')])
    .instance('p')
    .expectState({ to: 'Dhaka', reminders: 2 })
    .instance('q')
    .expectState({ to: 'Dhaka', reminders: 1 })
    .instance('r')
    .expectState({ to: 'Dhaka', reminders: 0 })
})

test('A command that was sent can be rejected, those after it were never sent', () => {
  const past = given(tracking, [sent]).rejected(insure, 'too-heavy', { kg: 90 })
  past.expectSends().expectState({ to: 'too-heavy {"kg":90}', reminders: 0 }).expectOpen()
  assert.throws(() => past.rejected(remind(1), 'no'), { code: 'usage', message: /has not sent Remind/ })
  assert.throws(() => given(tracking, [sent]).rejected(remind(9), 'no'), { code: 'usage' })
})

test('A difference is told with what was given and done', () => {
  const steps = given(tracking, [sent]).after(1_000)
  assert.throws(
    () => steps.expectSends(remind(7)),
    (error: Error) => {
      assert.ok(error instanceof assert.AssertionError)
      for (const part of ["ParcelSent in parcel/p { to: 'Dhaka' }", '1000 ms pass']) assert.ok(error.message.includes(part))
      assert.match(error.message, /^\+\s+times: 2$/m)
      assert.match(error.message, /^-\s+times: 7$/m)
      return true
    },
  )
  for (const wrong of [
    () => steps.expectSends(),
    () => steps.expectComplete(),
    () => steps.expectNoDeadline('late'),
    () => steps.expectDeadline('late', { afterMs: 999 }),
    () => steps.expectState({ to: '', reminders: 0 }),
    () => given(tracking).expectDeadline('late'),
    () => given(tracking, [sent, arrived]).expectOpen(),
  ]) {
    assert.throws(wrong, assert.AssertionError)
  }
})

test('What would fail in a running app fails in a test', () => {
  const wrong = (step: object) =>
    process('wrong', {
      from: [parcel],
      initial: { n: 0 },
      correlate: (event) => event.streamId,
      on: { ParcelSent: () => step as { complete: boolean } },
    })
  for (const [step, message] of [
    [{ sned: [] }, /'sned'/],
    [{ deadline: { late: null } }, /'late', which is not among/],
    [{ state: { n: new Date() } }, /does not survive JSON/],
    [{ send: Remind({ parcelId: 'p', times: 0 }) }, /Remind with a wrong input: times/],
    [{ send: { command: 'Remind', input: { parcelId: 'p', times: 1, more: new Set() } } }, /not JSON: more is a Set/],
  ] as const) {
    assert.throws(() => given(wrong(step)).when(sent), { code: 'handler-failed', message })
  }
})

test('What the model does not have does not compile', () => {
  const never = () => {
    // @ts-expect-error no such deadline
    given(tracking).expectDeadline('overdue')
    // @ts-expect-error a wrong state
    given(tracking).expectState({ to: 1, reminders: 0 })
    // @ts-expect-error events belong to named streams
    given(tracking).when({ type: 'ParcelArrived', data: {} })
    // @ts-expect-error a process decides no commands
    given(tracking).when('Remind', { parcelId: 'p', times: 1 })
  }
  assert.equal(typeof never, 'function')
})
