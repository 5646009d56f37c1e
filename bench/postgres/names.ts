import { khataName, khataToOthers, type Measurement as PlainMeasurement, type Sample } from '../measurement.ts'

export { khataName, khataToOthers }

/** The compared contenders' names. */
export const rawSharedName = 'raw postgres, shared commits'
export const rawEachName = 'raw postgres, commit each'
export const emmettName = 'emmett-postgresql'
export const messageDbName = 'message-db'

/** What every contender is called with: the URL of an empty database, and how large the run is. */
export type Contender = Measurement['contenders'][string]

/** Runs something and closes it afterwards. */
export async function closing<T>(close: () => Promise<unknown>, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } finally {
    await close()
  }
}

/** A measurement, with fewer rounds than usual where one takes minutes. */
export interface Measurement extends PlainMeasurement {
  readonly rounds?: number
}

export type { Sample }
