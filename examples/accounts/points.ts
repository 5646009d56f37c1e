import { aggregate, reactor } from 'khata'
import * as z from 'zod'
import { user } from './user.ts'

/** The reward points of a user. */
export const points = aggregate('points', {
  id: 'userId',
  events: { PointsGranted: z.object({ amount: z.int().positive(), reason: z.string() }) },
  initial: { total: 0 },
  evolve: { PointsGranted: ({ total }, { amount }) => ({ total: total + amount }) },
  commands: {
    GrantPoints: {
      description: 'Sent by `reward-points`.',
      input: z.object({ userId: z.string().min(1), amount: z.int().positive().max(1_000_000), reason: z.string().max(200) }),
      decide: ({ amount, reason }) => ({ type: 'PointsGranted', data: { amount, reason } }),
    },
  },
})

/** Points for signing up. The command takes effect once, however often the event is handled. */
export const rewardPoints = reactor('reward-points', {
  from: [user],
  on: {
    UserSignedUp: async ({ streamId }, { execute }) => {
      await execute(points.commands.GrantPoints({ userId: streamId, amount: 100, reason: 'welcome' }))
    },
  },
})
