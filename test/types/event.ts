import { event, type VersionedEvent } from 'khata'
import * as z from 'zod'
import { type Equal, same } from './equal.ts'

const opened = event(z.object({ name: z.string() }))
  .next(z.object({ owner: z.string() }), (old) => ({ owner: old.name }))
  .next(z.object({ owner: z.string(), currency: z.string().default('BDT') }), (old) => ({ ...old }))

same<
  Equal<typeof opened, VersionedEvent<{ owner: string; currency: string }, { owner: string; currency?: string | undefined }>>
>()

// @ts-expect-error: the upcaster leaves a field out
event(z.object({ name: z.string() })).next(z.object({ owner: z.string() }), () => ({}))

// @ts-expect-error: the old data have no such field
event(z.object({ name: z.string() })).next(z.object({ owner: z.string() }), (old) => ({ owner: old.owner }))

// @ts-expect-error: the upcaster gives another type
event(z.object({ n: z.string() })).next(z.object({ n: z.int() }), (old) => ({ n: old.n }))

// @ts-expect-error: no such option
event(z.object({}), { storedAt: 'opened' })
