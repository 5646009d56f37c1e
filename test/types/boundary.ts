import { aggregate, boundary, reject } from 'khata'
import * as z from 'zod'
import { type Equal, same } from './equal.ts'

const course = aggregate('course', {
  id: 'courseId',
  events: { CourseOpened: z.object({ courseId: z.string(), capacity: z.int() }) },
  initial: { open: false },
  evolve: { CourseOpened: () => ({ open: true }) },
  commands: {
    OpenCourse: {
      input: z.object({ courseId: z.string(), capacity: z.int() }),
      decide: (input) => ({ type: 'CourseOpened', data: input }),
    },
  },
})

const of = z.object({ courseId: z.string(), studentId: z.string() })

const enrolment = boundary('enrolment', {
  of,
  from: [course],
  events: { Enrolled: of },
  stream: ({ courseId, studentId }) => `${courseId}/${studentId}`,
  consult: ({ courseId, studentId }) => [
    { tags: [`course:${courseId}`] },
    { types: ['Enrolled'], tags: [`student:${studentId}`] },
  ],
  initial: ({ courseId }) => ({ courseId, capacity: 0, taken: 0, courses: 0, already: false }),
  evolve: {
    CourseOpened: (state, { capacity }) => ({ ...state, capacity }),
    Enrolled: (state, { courseId }) =>
      courseId === state.courseId ? { ...state, taken: state.taken + 1 } : { ...state, courses: state.courses + 1 },
  },
  tags: { Enrolled: ({ courseId, studentId }) => [`course:${courseId}`, `student:${studentId}`] },
  commands: {
    Enrol: {
      input: of,
      decide: ({ courseId, studentId }, state) =>
        state.taken >= state.capacity ? reject('course-full') : { type: 'Enrolled', data: { courseId, studentId } },
    },
  },
})

type Model = (typeof enrolment)['~model']
same<Equal<Model['state'], { courseId: string; capacity: number; taken: number; courses: number; already: boolean }>>()
same<Equal<Model['commands']['Enrol']['code'], 'course-full'>>()
same<Equal<keyof Model['events'], 'Enrolled'>>()

const rest = {
  of,
  stream: () => 'x',
  consult: () => [],
  commands: { Enrol: { input: of, decide: () => null } },
}

boundary('e', {
  ...rest,
  from: [course],
  events: { Enrolled: of },
  initial: () => ({ n: 0 }),
  // @ts-expect-error: neither its own events nor those of from have this one
  evolve: { CourseClosed: (state) => state },
})

boundary('e', {
  ...rest,
  from: [course],
  events: { Enrolled: of },
  initial: () => ({ n: 0 }),
  // @ts-expect-error: the other aggregate's event has no such field
  evolve: { CourseOpened: (_state, { seats }) => ({ n: seats }) },
})

boundary('e', {
  ...rest,
  from: [course],
  events: { Enrolled: of },
  initial: () => ({ n: 0 }),
  // @ts-expect-error: the state has another shape
  evolve: { CourseOpened: () => ({ n: 'x' }) },
})

boundary('e', {
  ...rest,
  from: [course],
  events: { Enrolled: of },
  // @ts-expect-error: what picks the boundary has no such field
  initial: ({ teacherId }) => ({ teacherId }),
  evolve: {},
})

boundary('e', {
  ...rest,
  from: [course],
  events: { Enrolled: of },
  initial: () => ({ n: 0 }),
  evolve: {},
  commands: {
    Enrol: {
      input: of,
      // @ts-expect-error: an event of another aggregate goes through its to()
      decide: () => ({ type: 'CourseOpened', data: { courseId: 'c', capacity: 1 } }),
    },
  },
})

export { course, enrolment }
