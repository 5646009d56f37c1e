import { khataName, khataToOthers, type Measurement, type Sample } from '../measurement.ts'

export { khataName, khataToOthers }

/** The compared contenders' names. */
export const rawSharedName = 'raw postgres, shared commits'
export const rawEachName = 'raw postgres, commit each'
export const emmettName = 'emmett-postgresql'

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

export type { Measurement, Sample }
