import { aggregate, khata, reject } from 'khata'
import * as z from 'zod'
import { type EnrolmentModel, type PastEvent, perIteration } from './enrolment.ts'

const studentId = z.string()
const courseId = z.string()

const student = aggregate('student', {
  id: 'studentId',
  events: { StudentRegistered: z.object({ studentId }), CourseJoined: z.object({ courseId }) },
  initial: { registered: false, courses: 0 },
  evolve: {
    StudentRegistered: (state) => ({ ...state, registered: true }),
    CourseJoined: (state) => ({ ...state, courses: state.courses + 1 }),
  },
  commands: {
    RegisterStudent: {
      input: z.object({ studentId }),
      decide: (input, state) => (state.registered ? reject('already-registered') : { type: 'StudentRegistered', data: input }),
    },
  },
})

const course = aggregate('course', {
  id: 'courseId',
  events: { CourseOpened: z.object({ courseId, seats: z.int() }), StudentAccepted: z.object({ studentId }) },
  initial: { seats: 0, students: [] as readonly string[] },
  evolve: {
    CourseOpened: (state, { seats }) => ({ ...state, seats }),
    StudentAccepted: (state, { studentId }) => ({ ...state, students: [...state.students, studentId] }),
  },
  commands: {
    OpenCourse: {
      input: z.object({ courseId, seats: z.int().positive() }),
      decide: (input, state) => (state.seats > 0 ? reject('already-open') : { type: 'CourseOpened', data: input }),
    },
    Enrol: {
      input: z.object({ courseId, studentId, studentVersion: z.int(), courses: z.int() }),
      decide: ({ courseId, studentId, studentVersion, courses }, state) => {
        if (studentVersion === 0) return reject('unknown-student')
        if (state.students.includes(studentId)) return reject('already-enrolled')
        if (state.students.length >= state.seats) return reject('course-full')
        if (courses >= perIteration) return reject('too-many-courses')
        return [
          { type: 'StudentAccepted', data: { studentId } },
          student.at(studentId, studentVersion),
          student.to(studentId, { type: 'CourseJoined', data: { courseId } }),
        ]
      },
    },
  },
})

/** The rules kept by two aggregates: the student is loaded, and both are written with their versions as guards. */
export const enrolmentByAggregates: EnrolmentModel = {
  open: async (engine) => {
    const app = await khata({ store: engine, use: [student, course] })
    return {
      registerStudent: (studentId) => app.execute('RegisterStudent', { studentId }),
      openCourse: (courseId) => app.execute('OpenCourse', { courseId, seats: perIteration }),
      enrol: async (courseId, studentId) => {
        const { state, version } = await app.load(student, studentId)
        return app.execute('Enrol', { courseId, studentId, studentVersion: version, courses: state.courses })
      },
      close: () => app.close(),
    }
  },
  history: (students, courses) => {
    const event = (category: string, streamId: string, type: string, data: object): PastEvent => ({
      category,
      streamId,
      type,
      data,
      tags: [],
    })
    return [
      ...students.map((id) => event('student', id, 'StudentRegistered', { studentId: id })),
      ...courses.map((id) => event('course', id, 'CourseOpened', { courseId: id, seats: perIteration })),
      ...courses.flatMap((courseId) =>
        students.flatMap((studentId) => [
          event('course', courseId, 'StudentAccepted', { studentId }),
          event('student', studentId, 'CourseJoined', { courseId }),
        ]),
      ),
    ]
  },
}
