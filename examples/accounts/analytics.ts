import { projection } from 'khata'
import * as z from 'zod'
import { user } from './user.ts'

/** How many signed up on each day, in UTC. */
export const signUpsPerDay = projection('sign-ups-per-day', {
  from: [user],
  document: z.object({ day: z.string(), signUps: z.int() }),
  key: (event) => event.occurredAt.slice(0, 10),
  on: { UserSignedUp: (doc, _, day) => ({ day, signUps: (doc?.signUps ?? 0) + 1 }) },
  index: ['day'],
})
