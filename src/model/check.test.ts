import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import * as z from 'zod'
import { type Aggregate, type AggregateOptions, aggregate } from './aggregate.ts'
import { boundary } from './boundary.ts'
import { KhataError } from './error.ts'
import { event } from './event.ts'

const opened = z.object({ owner: z.string() })
const Open = { input: z.object({ accountId: z.string(), owner: z.string() }), decide: () => null }
const working = { id: 'accountId', events: { Opened: opened }, initial: { open: false }, evolve: {}, commands: { Open } }

/** Defines an aggregate as somebody without a compiler would. */
function define(changes: object, name = 'account'): Aggregate<any> {
  return aggregate(name, { ...working, ...changes } as unknown as AggregateOptions<{}, {}, {}, {}>)
}

function refused(make: () => unknown, message: RegExp): void {
  assert.throws(make, (error) => {
    assert.ok(error instanceof KhataError, String(error))
    assert.equal(error.code, 'definition')
    assert.match(error.message, message)
    return true
  })
}

describe('an aggregate', () => {
  test('is accepted when everything fits', () => {
    assert.equal(define({}).name, 'account')
  })

  test('has a kebab-case name of at most 60 characters', () => {
    assert.equal(define({}, 'bank-account-2').name, 'bank-account-2')
    for (const name of ['Account', '2nd', 'a_b', 'a--b', 'a-', '', 'খাতা', 'a'.repeat(61), 'constructor']) {
      refused(() => define({}, name), /kebab-case/)
    }
  })

  test('refuses an option that does not exist and names those that do', () => {
    refused(() => define({ evolves: {} }), /no option 'evolves'; there are id, events/)
    refused(() => define({ commands: { Open: { ...Open, guard: 1 } } }), /command 'Open': there is no option 'guard'/)
  })

  test('refuses names of events and commands that cannot be used in code', () => {
    refused(() => define({ events: { 'account-opened': opened } }), /event name 'account-opened'/)
    refused(() => define({ events: { toString: opened } }), /event name 'toString'/)
    refused(() => define({ commands: { 'open account': Open } }), /command name 'open account'/)
  })

  test('refuses handlers and tags of events that it does not have', () => {
    refused(
      () => define({ evolve: { Opend: () => ({ open: true }) } }),
      /evolve has 'Opend', but there is no such event; there are Opened/,
    )
    refused(() => define({ tags: { Closed: () => [] } }), /tags has 'Closed'/)
    refused(() => define({ evolve: { Opened: 1 } }), /evolve.Opened must be a function/)
  })

  test('needs the id as a text in the input of every command', () => {
    const inputs = (accountId: z.ZodType) => ({ commands: { Open: { ...Open, input: z.object({ accountId }) } } })
    refused(() => define({ commands: { Open: { ...Open, input: opened } } }), /'Open' has no field 'accountId'/)
    refused(() => define(inputs(z.int())), /must be a text/)
    refused(() => define(inputs(z.string().optional())), /always there/)
    assert.ok(define(inputs(z.string().min(3))))
    assert.ok(define(inputs(z.string().transform((id) => id.trim()))))
    assert.ok(define(inputs(z.any())))
  })

  test('refuses a snapshot policy that stores too often or is misspelt', () => {
    refused(() => define({ snapshot: { every: 9 } }), /snapshot.every must be a whole number of at least 10/)
    refused(() => define({ snapshot: { every: 100, version: 2 } }), /no option 'version'/)
    refused(() => define({ snapshot: { every: 100, stateVersion: 0 } }), /stateVersion must be a whole number/)
    assert.ok(define({ snapshot: { every: 10, stateVersion: 2 } }))
  })

  test('refuses an initial state that JSON does not carry', () => {
    refused(() => define({ initial: { at: new Date(0) } }), /field 'at' of initial is a Date/)
    refused(() => define({ initial: { by: { id: new Map() } } }), /field 'by.id' of initial is a Map/)
    refused(() => define({ initial: { list: [undefined] } }), /field 'list.0' of initial is undefined/)
    refused(() => define({ initial: undefined }), /initial is undefined/)
    refused(() => define({ initial: { n: Number.NaN } }), /is NaN/)
    assert.ok(define({ initial: { name: undefined, list: [{ a: null }] } }))
    assert.ok(define({ initial: null }))
  })

  test('refuses two events of one name in the store', () => {
    const events = { Opened: event(opened, { storedAs: 'opened' }), Begun: event(opened, { aliases: ['opened'] }) }
    refused(() => define({ events }), /'Opened' and 'Begun' are both stored as 'opened'/)
    refused(() => define({ events: { Opened: event(opened, { storedAs: 'a b' }) } }), /storage name 'a b'/)
    assert.ok(define({ events: { Opened: event(opened, { storedAs: 'account.opened-1' }) } }))
  })

  test('checks the schema of every version of an event', () => {
    const events = { Opened: event(z.object({ at: z.date() })).next(opened, () => ({ owner: '' })) }
    refused(() => define({ events }), /field 'at' of version 1 of event 'Opened' is a Date/)
  })
})

describe('a boundary', () => {
  const course = define({ events: { CourseOpened: opened } }, 'course')
  const working = {
    of: z.object({ courseId: z.string() }),
    from: [course],
    events: { Enrolled: z.object({ courseId: z.string() }) },
    stream: () => 'x',
    consult: () => [],
    initial: () => ({}),
    evolve: { CourseOpened: () => ({}) },
    commands: { Enrol: { input: z.object({ courseId: z.string() }), decide: () => null } },
  }
  const make = (changes: object) => boundary('enrolment', { ...working, ...changes } as never)

  test('may fold its own events and those it consults, no others', () => {
    assert.equal(make({}).name, 'enrolment')
    refused(() => make({ evolve: { Opened: () => ({}) } }), /evolve has 'Opened'.*there are Enrolled, CourseOpened/)
    refused(() => make({ tags: { CourseOpened: () => [] } }), /tags has 'CourseOpened'/)
  })

  test('needs the fields that pick it in the input of every command', () => {
    refused(
      () => make({ commands: { Enrol: { input: z.object({ id: z.string() }), decide: () => null } } }),
      /'Enrol' has no field 'courseId', which of asks for/,
    )
    refused(() => make({ of: z.string() }), /of must be a schema of an object/)
  })

  test('refuses options that do not exist and functions that are missing', () => {
    refused(() => make({ id: 'courseId' }), /no option 'id'/)
    refused(() => make({ consult: undefined }), /consult must be a function/)
    refused(() => make({ from: ['course'] }), /from must be a list of aggregates and boundaries/)
  })
})
