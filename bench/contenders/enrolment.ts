import type { Engine, StoredEvent } from 'khata/ports'
import { v7 } from 'uuid'

/** What a client does, whatever keeps the rules. */
export interface Enrolments {
  registerStudent(studentId: string): Promise<unknown>
  openCourse(courseId: string): Promise<unknown>
  enrol(courseId: string, studentId: string): Promise<unknown>
  close(): Promise<void>
}

/** One way to keep the rules: how it is opened, and what an iteration leaves in the log. */
export interface EnrolmentModel {
  open(engine: Engine): Promise<Enrolments>
  /** The events of one iteration, for a log that is already long. */
  history(students: readonly string[], courses: readonly string[]): readonly PastEvent[]
}

/** An event of the past with its place in its stream left to {@link fillEnrolments}. */
export interface PastEvent {
  readonly category: string
  readonly streamId: string
  readonly type: string
  readonly data: object
  readonly tags: readonly string[]
}

/** Students and courses of an iteration; a course has this many seats and a student may take this many courses. */
export const perIteration = 10

/** Operations of an iteration: registrations, and an enrolment of every student in every course. */
export const operationsPerIteration = 2 * perIteration + perIteration * perIteration

/** The students and courses of an iteration, of which there is no other. */
export function peopleOf(iteration: string): { readonly students: readonly string[]; readonly courses: readonly string[] } {
  const names = (kind: string) => Array.from({ length: perIteration }, (_, i) => `${kind}-${iteration}-${i}`)
  return { students: names('s'), courses: names('c') }
}

/** One iteration of the speedrun by one client that waits for each answer. */
export async function iterate(enrolments: Enrolments, iteration: string): Promise<void> {
  const { students, courses } = peopleOf(iteration)
  for (const student of students) await enrolments.registerStudent(student)
  for (const course of courses) await enrolments.openCourse(course)
  for (const course of courses) for (const student of students) await enrolments.enrol(course, student)
}

/**
 * Fills a log with iterations of the past until it holds at least so many events, or until the time is over: an empty log,
 * or one that was filled in part.
 */
export async function fillEnrolments(
  engine: Engine,
  model: EnrolmentModel,
  length: number,
  forMs = Number.POSITIVE_INFINITY,
): Promise<void> {
  const end = performance.now() + forMs
  const metadata = JSON.stringify({ principal: 'user-000001' })
  const perIteration = model.history(...namesOf(0)).length
  let { position } = await engine.events.head()
  let batch: StoredEvent[] = []
  for (let iteration = position / perIteration; position < length && performance.now() < end; iteration++) {
    const versions = new Map<string, number>()
    for (const { category, streamId, type, data, tags } of model.history(...namesOf(iteration))) {
      const stream = `${category}/${streamId}`
      const version = (versions.get(stream) ?? 0) + 1
      versions.set(stream, version)
      const recordedAt = 1_700_000_000_000 + ++position
      const place = { position, category, streamId, version, recordedAt }
      const nothing = { occurredAt: null, commandId: null, correlationId: null }
      batch.push({ ...place, ...nothing, id: v7(), type, schemaVersion: 1, data: JSON.stringify(data), metadata, tags })
    }
    if (batch.length < 1_000 && position < length) continue
    await engine.importLog(batch)
    batch = []
  }
}

function namesOf(iteration: number): [students: readonly string[], courses: readonly string[]] {
  const { students, courses } = peopleOf(`past-${iteration}`)
  return [students, courses]
}
