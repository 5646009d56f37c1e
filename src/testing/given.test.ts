import assert from 'node:assert/strict'
import { test } from 'node:test'
import { absent, aggregate, boundary, event, projection, reject } from 'khata'
import * as z from 'zod'
import { given } from './given.ts'
import { pastId, pastTime } from './given-events.ts'

const seats = aggregate('seats', {
  id: 'showId',
  events: {
    ShowAnnounced: event(z.object({ places: z.int() })).next(z.object({ places: z.int(), hall: z.string() }), (old) => ({
      ...old,
      hall: 'main',
    })),
    SeatTaken: z.object({ by: z.string(), note: z.string().optional() }),
  },
  initial: { free: 0, hall: '', taken: [] as string[] },
  state: z.strictObject({ free: z.int().min(0), hall: z.string(), taken: z.array(z.string()) }),
  evolve: {
    ShowAnnounced: (state, { places, hall }) => ({ ...state, free: places, hall }),
    SeatTaken: (state, { by }) => ({ ...state, free: state.free - 1, taken: [...state.taken, by] }),
  },
  tags: { SeatTaken: ({ by }) => [`guest:${by}`] },
  commands: {
    TakeSeat: {
      input: z.object({ showId: z.string(), by: z.string().min(1) }),
      rejections: ['sold-out'],
      decide: ({ by }, { free }, { now }) =>
        free === 0
          ? reject('sold-out', { at: now.toISOString() })
          : [{ type: 'SeatTaken', data: { by } }, absent([{ types: ['SeatTaken'], tags: [`guest:${by}`] }], 'has-a-seat')],
    },
    Announce: {
      input: z.object({ showId: z.string(), places: z.int() }),
      decide: ({ places }, _, { newId }) => ({
        type: 'ShowAnnounced',
        data: { places, hall: newId() },
        occurredAt: '2020-02-02T00:00:00.000Z',
      }),
    },
    Undeclared: { input: z.object({ showId: z.string() }), rejections: [], decide: () => reject('surprise') },
    Nothing: { input: z.object({ showId: z.string() }), decide: () => null },
  },
})

const guestList = boundary('guest-list', {
  of: z.object({ guest: z.string() }),
  from: [seats],
  events: { GuestNoted: z.object({ guest: z.string() }) },
  stream: ({ guest }) => guest,
  consult: ({ guest }) => [{ types: ['SeatTaken', 'GuestNoted'], tags: [`guest:${guest}`] }],
  initial: () => ({ seats: 0, noted: false }),
  evolve: {
    SeatTaken: (state) => ({ ...state, seats: state.seats + 1 }),
    GuestNoted: (state) => ({ ...state, noted: true }),
  },
  tags: { GuestNoted: ({ guest }) => [`guest:${guest}`] },
  commands: {
    NoteGuest: {
      input: z.object({ guest: z.string() }),
      decide: ({ guest }, { seats, noted }) => {
        if (noted) return reject('noted')
        return seats < 2 ? reject('too-few-seats', { seats }) : { type: 'GuestNoted', data: { guest } }
      },
    },
  },
})

const guests = projection('guests', {
  from: [seats],
  document: z.object({ seats: z.int(), last: z.string(), note: z.string().optional() }),
  key: (event) => (event.type === 'SeatTaken' ? event.data.by : []),
  on: {
    SeatTaken: (doc, { data, recordedAt }) =>
      data.note === 'leaves' ? null : { seats: (doc?.seats ?? 0) + 1, last: recordedAt, note: data.note },
    ShowAnnounced: (doc) => doc,
  },
})

const announced = { type: 'ShowAnnounced', data: { places: 2, hall: 'main' } } as const
const seat = (by: string) => ({ type: 'SeatTaken', data: { by } }) as const

test('A decision is made on the folded events and compared with the expected ones', () => {
  given(seats, [announced])
    .when('TakeSeat', { showId: 's', by: 'Ann' })
    .expect({ type: 'SeatTaken', data: { by: 'Ann' } })
    .expectState({ free: 1, hall: 'main', taken: ['Ann'] })
  given(seats, [announced]).when('Nothing', { showId: 's' }).expect()
  given(seats, [announced, seat('Ann')]).expectState({ free: 1, hall: 'main', taken: ['Ann'] })
})

test('A difference is told with what was given and done', () => {
  const decision = given(seats, [announced]).when('TakeSeat', { showId: 's', by: 'Ann' })
  assert.throws(
    () => decision.expect({ type: 'SeatTaken', data: { by: 'Bob' } }),
    (error: Error) => {
      assert.ok(error instanceof assert.AssertionError)
      for (const part of [
        'given',
        "ShowAnnounced { places: 2, hall: 'main' }",
        'when',
        "TakeSeat { showId: 's', by: 'Ann' }",
      ]) {
        assert.ok(error.message.includes(part), `${part} in:\n${error.message}`)
      }
      assert.match(error.message, /^\+\s+by: 'Ann'$/m)
      assert.match(error.message, /^-\s+by: 'Bob'$/m)
      return true
    },
  )
  assert.throws(() => decision.expect(), assert.AssertionError)
  assert.throws(() => decision.expect(seat('Ann'), seat('Ann')), assert.AssertionError)
  assert.throws(() => decision.expectRejection('sold-out'), /SeatTaken/)
  assert.throws(() => decision.expectState({ free: 2, hall: 'main', taken: [] }), assert.AssertionError)
})

test('A rejection is compared by code, and by detail when one is given', () => {
  const decision = given(seats).when('TakeSeat', { showId: 's', by: 'Ann' }, { now: '2026-06-01T10:00:00.000Z' })
  decision.expectRejection('sold-out').expectRejection('sold-out', { at: '2026-06-01T10:00:00.000Z' })
  assert.throws(() => decision.expectRejection('sold-out', { at: 'never' }), assert.AssertionError)
  assert.throws(() => decision.expectRejection('sold-out', undefined), assert.AssertionError)
  assert.throws(() => decision.expect(), /sold-out/)
})

test('A wrong input is a failure that names its fields', () => {
  const decision = given(seats, [announced]).when('TakeSeat', { showId: 's', by: '' })
  assert.throws(() => decision.expect(seat('')), /by: Too small/)
  assert.throws(() => decision.expectRejection('sold-out'), /by: Too small/)
  decision.expectInvalid('by')
  assert.throws(() => decision.expectInvalid('showId'), assert.AssertionError)
})

test('Time and ids are the same each time, and can be given', () => {
  const place = given(seats, [announced]).when('Announce', { showId: 's', places: 1 })
  place.expect({ type: 'ShowAnnounced', data: { places: 1, hall: pastId(2) } })
  place.expect({ type: 'ShowAnnounced', data: { places: 1, hall: pastId(2) }, occurredAt: '2020-02-02T00:00:00.000Z' })
  assert.throws(
    () => place.expect({ type: 'ShowAnnounced', data: { places: 1, hall: pastId(2) }, occurredAt: '2020-02-03T00:00:00.000Z' }),
    assert.AssertionError,
  )
})

test('Events of an older schema are upcast as real ones are', () => {
  given(seats, [{ type: 'ShowAnnounced', schemaVersion: 1, data: { places: 2 } }]).expectState({
    free: 2,
    hall: 'main',
    taken: [],
  })
  assert.throws(
    () => given(seats, [{ type: 'ShowAnnounced', schemaVersion: 1, data: { places: 'two' } }]).expectState({} as never),
    {
      code: 'usage',
    },
  )
  assert.throws(() => given(seats, [{ type: 'ShowAnnounced', schemaVersion: 3, data: {} }]).expectState({} as never), {
    code: 'usage',
  })
})

test('Given data, states and rejection codes are held to what is declared', () => {
  const wrong = { type: 'ShowAnnounced', data: { places: 1.5, hall: '' } } as const
  assert.throws(() => given(seats, [wrong]).expectState({} as never), { code: 'handler-failed' })
  assert.throws(() => given(seats).when('Announce', { showId: 's', places: -1 }).expect(), { code: 'handler-failed' })
  const overbooked = given(seats, [seat('Ann')])
  assert.throws(() => overbooked.expectState({} as never), /its schema refuses/)
  assert.throws(() => given(seats).when('Undeclared', { showId: 's' }), /its list of rejections does not have/)
})

test('An absent guard is answered from the events given, also of other streams', () => {
  given(seats, [announced, seats.to('other', seat('Ann'))])
    .when('TakeSeat', { showId: 's', by: 'Ann' })
    .expectTaken('has-a-seat')
  given(seats, [announced, seats.to('other', seat('Bob'))])
    .when('TakeSeat', { showId: 's', by: 'Ann' })
    .expect(seat('Ann'))
})

test('A boundary is decided on the events that its query finds in any stream', () => {
  const past = [seats.to('one', seat('Ann')), seats.to('two', seat('Bob'))]
  given(guestList, past).when('NoteGuest', { guest: 'Ann' }).expectRejection('too-few-seats', { seats: 1 })
  const more = [...past, seats.to('three', seat('Ann'))]
  given(guestList, more)
    .when('NoteGuest', { guest: 'Ann' })
    .expect({ type: 'GuestNoted', data: { guest: 'Ann' } })
    .expectState({ seats: 2, noted: true })
  given(guestList, [...more, { type: 'GuestNoted', data: { guest: 'Ann' } }])
    .when('NoteGuest', { guest: 'Ann' })
    .expectRejection('noted')
})

test('A projection is folded into documents, and null removes one', () => {
  const view = given(guests, [
    seats.to('one', announced),
    seats.to('one', seat('Ann')),
    seats.to('two', seat('Ann')),
    seats.to('two', seat('Bob')),
    seats.to('two', { type: 'SeatTaken', data: { by: 'Bob', note: 'leaves' } }),
  ])
  view.expectDocument('Ann', { seats: 2, last: pastTime(3) }).expectNoDocument('Bob')
  assert.throws(() => view.expectDocument('Ann', { seats: 3, last: pastTime(3) }), assert.AssertionError)
  assert.throws(() => view.expectDocument('Bob', { seats: 0, last: '' }), assert.AssertionError)
  assert.throws(() => view.expectNoDocument('Ann'), assert.AssertionError)
})

test('What the model does not have does not compile', () => {
  const never = () => {
    // @ts-expect-error no such event
    given(seats, [{ type: 'ShowCancelled', data: {} }])
    // @ts-expect-error data of another event
    given(seats, [{ type: 'SeatTaken', data: { places: 1 } }])
    // @ts-expect-error no such command
    given(seats).when('LeaveSeat', { showId: 's' })
    // @ts-expect-error a field is missing
    given(seats).when('TakeSeat', { showId: 's' })
    // @ts-expect-error not a code of this command
    given(seats).when('TakeSeat', { showId: 's', by: 'Ann' }).expectRejection('surprise')
    // @ts-expect-error a wrong state
    given(seats).when('Nothing', { showId: 's' }).expectState({ free: 'all', hall: '', taken: [] })
    // @ts-expect-error a wrong document
    given(guests).expectDocument('Ann', { seats: 'two', last: '' })
    // @ts-expect-error a projection takes events of named streams
    given(guests, [{ type: 'SeatTaken', data: { by: 'Ann' } }])
    // @ts-expect-error a projection decides nothing
    given(guests).when('TakeSeat', { showId: 's', by: 'Ann' })
  }
  assert.equal(typeof never, 'function')
})
