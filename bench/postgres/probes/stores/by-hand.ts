import { rawStore } from '../../contenders/raw.ts'
import { keyedData, type OpenProbed } from '../store.ts'

const uniqueViolation = '23505'

/** What many write by hand: positions of a sequence, and a reader that asks for what is above the last one. */
export const byHand: OpenProbed = async (url) => {
  const store = await rawStore(url, 16)
  const readOn = async (after: number, see: (key: string) => void): Promise<number> => {
    for (const { position, data } of await store.page(after, 1_000)) {
      see(data.note)
      after = position
    }
    return after
  }
  return {
    append: async (stream, expected, key) => {
      try {
        await store.insert(stream, keyedData(stream, key), expected + 1)
        return true
      } catch (error) {
        if ((error as { code?: string }).code === uniqueViolation) return false
        throw error
      }
    },
    stream: async (stream) => {
      const events = await store.stream(stream)
      return { keys: events.map(({ data }) => data.note), version: events.length }
    },
    consume: async (see) => {
      let open = true
      const read = async (): Promise<void> => {
        for (let after = 0; open; ) {
          after = await readOn(after, see)
          await new Promise((resolve) => setTimeout(resolve, 1))
        }
      }
      const done = read()
      return () => {
        open = false
        return done
      }
    },
    catchUp: async () => {
      const keys: string[] = []
      for (let after = 0, before = -1; after !== before; ) {
        before = after
        after = await readOn(after, (key) => keys.push(key))
      }
      return keys
    },
    close: store.close,
  }
}
