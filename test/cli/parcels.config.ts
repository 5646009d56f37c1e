/** Parcels in the release that `PARCELS` names: `old` stores addresses; the next one wants a city, and not all have one. */
import { aggregate, event, projection } from 'khata'
import { defineConfig } from 'khata/config'
import * as z from 'zod'

const sent = z.object({ to: z.string() })

const commands = {
  Send: {
    input: z.object({ parcelId: z.string(), to: z.string() }),
    decide: ({ to }: { to: string }) => ({ type: 'Sent' as const, data: { to } }),
  },
}

export const oldParcel = aggregate('parcel', {
  id: 'parcelId',
  events: { Sent: sent },
  initial: { city: '' },
  evolve: {},
  commands,
})

export const newParcel = aggregate('parcel', {
  id: 'parcelId',
  events: {
    Sent: event(sent).next(z.object({ city: z.string().min(1) }), ({ to }) => {
      const [, city] = to.split(', ')
      if (city === undefined) throw new Error('it has no city')
      return { city }
    }),
  },
  initial: { city: '' },
  evolve: { Sent: (_, { city }) => ({ city }) },
  commands: {},
})

/** Where each parcel goes; one that nobody knows waits. */
export const cities = projection('cities', {
  from: [newParcel],
  document: z.object({ city: z.string() }),
  key: ({ streamId, position }) => `${streamId}-${position}`,
  on: { Sent: (_, { data }) => ({ city: data.city }) },
})

export default defineConfig({ use: process.env['PARCELS'] === 'old' ? [oldParcel] : [newParcel, cities], port: 0 })
