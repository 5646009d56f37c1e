/** A small business for the runtime's tests: purses, one view of each kind, members with unique names, courses. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import * as z from 'zod'
import { type AnyApp, absent, aggregate, anyApp, boundary, khata, type Part, projection, reject } from '../index.ts'
import type { AppOptions } from './app.ts'

const amount = z.int().positive()

export const purse = aggregate('purse', {
  id: 'purseId',
  events: {
    PurseOpened: z.object({ owner: z.string() }),
    MoneyAdded: z.object({ amount }),
    MoneyTaken: z.object({ amount }),
  },
  initial: { open: false, balance: 0 },
  evolve: {
    PurseOpened: (state) => ({ ...state, open: true }),
    MoneyAdded: (state, { amount }) => ({ ...state, balance: state.balance + amount }),
    MoneyTaken: (state, { amount }) => ({ ...state, balance: state.balance - amount }),
  },
  tags: { PurseOpened: ({ owner }) => [`owner:${owner}`] },
  commands: {
    OpenPurse: {
      input: z.object({ purseId: z.string(), owner: z.string().default('nobody') }),
      decide: ({ owner }, state) => (state.open ? reject('already-open') : { type: 'PurseOpened', data: { owner } }),
    },
    Add: {
      input: z.object({ purseId: z.string(), amount }),
      decide: ({ amount }) => ({ type: 'MoneyAdded', data: { amount } }),
    },
    Take: {
      input: z.object({ purseId: z.string(), amount }),
      decide: ({ amount }, { balance }) =>
        amount > balance ? reject('insufficient-funds', { balance }) : { type: 'MoneyTaken', data: { amount } },
    },
    TakeAll: {
      input: z.object({ purseId: z.string() }),
      decide: (_, { balance }) => (balance === 0 ? [] : { type: 'MoneyTaken', data: { amount: balance } }),
    },
    Move: {
      input: z.object({ purseId: z.string(), to: z.string(), amount }),
      decide: ({ to, amount }, { balance }) =>
        amount > balance
          ? reject('insufficient-funds', { balance })
          : [
              { type: 'MoneyTaken', data: { amount } },
              { to: { category: 'purse', id: to }, event: { type: 'MoneyAdded', data: { amount } } },
            ],
    },
    Explode: {
      input: z.object({ purseId: z.string() }),
      decide: () => {
        throw new Error('boom')
      },
    },
    AddWrong: {
      input: z.object({ purseId: z.string() }),
      decide: () => ({ type: 'MoneyAdded', data: { amount: -1 } }),
    },
  },
})

export const member = aggregate('member', {
  id: 'memberId',
  events: { MemberJoined: z.object({ name: z.string() }) },
  initial: { joined: false },
  evolve: { MemberJoined: () => ({ joined: true }) },
  tags: { MemberJoined: ({ name }) => [`name:${name}`] },
  commands: {
    Join: {
      input: z.object({ memberId: z.string(), name: z.string() }),
      rejections: ['joined', 'name-taken'],
      decide: ({ name }, { joined }) =>
        joined
          ? reject('joined')
          : [{ type: 'MemberJoined', data: { name } }, absent([{ tags: [`name:${name}`] }], 'name-taken')],
    },
  },
})

export const course = aggregate('course', {
  id: 'courseId',
  events: { CoursePlanned: z.object({ courseId: z.string(), seats: z.int() }) },
  initial: {},
  evolve: {},
  tags: { CoursePlanned: ({ courseId }) => [`course:${courseId}`] },
  commands: {
    Plan: {
      input: z.object({ courseId: z.string(), seats: z.int() }),
      decide: ({ courseId, seats }) => ({ type: 'CoursePlanned', data: { courseId, seats } }),
    },
  },
})

export const enrolment = boundary('enrolment', {
  of: z.object({ courseId: z.string(), studentId: z.string() }),
  from: [course],
  events: { Enrolled: z.object({ courseId: z.string(), studentId: z.string() }) },
  stream: ({ courseId, studentId }) => `${courseId}+${studentId}`,
  consult: ({ courseId, studentId }) => [
    { types: ['CoursePlanned', 'Enrolled'], tags: [`course:${courseId}`] },
    { types: ['Enrolled'], tags: [`student:${studentId}`] },
  ],
  initial: ({ courseId, studentId }) => ({ courseId, studentId, seats: 0, taken: 0, courses: 0 }),
  evolve: {
    CoursePlanned: (state, { seats }) => ({ ...state, seats }),
    Enrolled: (state, { courseId, studentId }) => ({
      ...state,
      taken: state.taken + (courseId === state.courseId ? 1 : 0),
      courses: state.courses + (studentId === state.studentId ? 1 : 0),
    }),
  },
  tags: { Enrolled: ({ courseId, studentId }) => [`course:${courseId}`, `student:${studentId}`] },
  commands: {
    Enrol: {
      input: z.object({ courseId: z.string(), studentId: z.string() }),
      decide: (input, state) => {
        if (state.taken >= state.seats) return reject('full', { seats: state.seats })
        if (state.courses >= 3) return reject('too-many-courses')
        return { type: 'Enrolled', data: input }
      },
    },
  },
})

const purseDocument = z.object({ balance: z.int(), moves: z.int() })
const count = (document: { balance: number; moves: number } | null, by: number) => ({
  balance: (document?.balance ?? 0) + by,
  moves: (document?.moves ?? 0) + 1,
})

export const balances = projection('balances', {
  from: [purse],
  document: purseDocument,
  key: (event) => event.streamId,
  on: {
    MoneyAdded: (document, { data }) => count(document, data.amount),
    MoneyTaken: (document, { data }) => count(document, -data.amount),
  },
  index: ['balance'],
})

export const total = projection('total', {
  from: [purse],
  document: purseDocument,
  key: () => 'all',
  on: {
    MoneyAdded: (document, { data }) => count(document, data.amount),
    MoneyTaken: (document, { data }) => count(document, -data.amount),
  },
  mode: 'inline',
})

export const everything = [purse, member, course, enrolment, balances, total] as const

/** A folder that goes when the test is over. */
export function folder(test: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'khata-'))
  test.after(() => rmSync(path, { recursive: true, force: true, maxRetries: 10 }))
  return path
}

/** An app that is closed when the test is over. */
export async function start(
  test: TestContext,
  store = 'sqlite::memory:',
  options: Partial<AppOptions> & { readonly use?: readonly Part[] } = {},
): Promise<AnyApp> {
  const app = anyApp(await khata({ store, use: everything, ...options } as never))
  test.after(() => app.close())
  return app
}

/** The code of what a promise throws. */
export async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work
  } catch (error) {
    return (error as { code?: string; rejected?: string }).code ?? (error as { rejected?: string }).rejected ?? String(error)
  }
  return 'nothing thrown'
}
