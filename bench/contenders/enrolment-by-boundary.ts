import { aggregate, boundary, khata, reject } from 'khata'
import * as z from 'zod'
import { type EnrolmentModel, type PastEvent, perIteration } from './enrolment.ts'

const studentId = z.string()
const courseId = z.string()

const student = aggregate('student', {
  id: 'studentId',
  events: { StudentRegistered: z.object({ studentId }) },
  initial: { registered: false },
  evolve: { StudentRegistered: () => ({ registered: true }) },
  tags: { StudentRegistered: (data) => [`student:${data.studentId}`] },
  commands: {
    RegisterStudent: {
      input: z.object({ studentId }),
      decide: (input, state) => (state.registered ? reject('already-registered') : { type: 'StudentRegistered', data: input }),
    },
  },
})

const course = aggregate('course', {
  id: 'courseId',
  events: { CourseOpened: z.object({ courseId, seats: z.int() }) },
  initial: { open: false },
  evolve: { CourseOpened: () => ({ open: true }) },
  tags: { CourseOpened: (data) => [`course:${data.courseId}`] },
  commands: {
    OpenCourse: {
      input: z.object({ courseId, seats: z.int().positive() }),
      decide: (input, state) => (state.open ? reject('already-open') : { type: 'CourseOpened', data: input }),
    },
  },
})

const pair = z.object({ courseId, studentId })

const enrolment = boundary('enrolment', {
  of: pair,
  from: [student, course],
  events: { StudentEnrolled: pair },
  stream: ({ courseId, studentId }) => `${courseId}+${studentId}`,
  consult: ({ courseId, studentId }) => [{ tags: [`course:${courseId}`] }, { tags: [`student:${studentId}`] }],
  initial: ({ courseId, studentId }) => ({
    courseId,
    studentId,
    registered: false,
    seats: 0,
    taken: 0,
    courses: 0,
    enrolled: false,
  }),
  evolve: {
    StudentRegistered: (state) => ({ ...state, registered: true }),
    CourseOpened: (state, { seats }) => ({ ...state, seats }),
    StudentEnrolled: (state, { courseId, studentId }) => ({
      ...state,
      taken: state.taken + (courseId === state.courseId ? 1 : 0),
      courses: state.courses + (studentId === state.studentId ? 1 : 0),
      enrolled: state.enrolled || (courseId === state.courseId && studentId === state.studentId),
    }),
  },
  tags: { StudentEnrolled: ({ courseId, studentId }) => [`course:${courseId}`, `student:${studentId}`] },
  commands: {
    Enrol: {
      input: pair,
      decide: (input, state) => {
        if (!state.registered) return reject('unknown-student')
        if (state.enrolled) return reject('already-enrolled')
        if (state.taken >= state.seats) return reject('course-full')
        if (state.courses >= perIteration) return reject('too-many-courses')
        return { type: 'StudentEnrolled', data: input }
      },
    },
  },
})

/** The rules kept by a boundary over the tags of course and student: one event for each enrolment. */
export const enrolmentByBoundary: EnrolmentModel = {
  open: async (engine) => {
    const app = await khata({ store: engine, use: [student, course, enrolment] })
    return {
      registerStudent: (studentId) => app.execute('RegisterStudent', { studentId }),
      openCourse: (courseId) => app.execute('OpenCourse', { courseId, seats: perIteration }),
      enrol: (courseId, studentId) => app.execute('Enrol', { courseId, studentId }),
      close: () => app.close(),
    }
  },
  history: (students, courses) => {
    const event = (category: string, streamId: string, type: string, data: object, tags: readonly string[]): PastEvent => ({
      category,
      streamId,
      type,
      data,
      tags,
    })
    return [
      ...students.map((id) => event('student', id, 'StudentRegistered', { studentId: id }, [`student:${id}`])),
      ...courses.map((id) => event('course', id, 'CourseOpened', { courseId: id, seats: perIteration }, [`course:${id}`])),
      ...courses.flatMap((courseId) =>
        students.map((studentId) =>
          event('enrolment', `${courseId}+${studentId}`, 'StudentEnrolled', { courseId, studentId }, [
            `course:${courseId}`,
            `student:${studentId}`,
          ]),
        ),
      ),
    ]
  },
}
