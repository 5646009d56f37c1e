import { randomUUID } from 'node:crypto'
import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Files that only this program reads. */
export interface PrivateFolder {
  /** The bytes under a name; null when there are none. */
  read(name: string): Promise<Buffer | null>
  /** Puts bytes in place of what was there; on disk when it resolves. */
  write(name: string, bytes: Buffer | string): Promise<void>
  /** As `write`, unless there is something already; answers what is there in the end. */
  writeFirst(name: string, bytes: Buffer): Promise<Buffer>
  remove(name: string): Promise<void>
}

/** A folder as {@link PrivateFolder}; it is made when something is first written. */
export function privateFolder(path: string): PrivateFolder {
  const read = async (name: string): Promise<Buffer | null> => {
    try {
      return await readFile(join(path, name))
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      throw error
    }
  }

  /** Writes to the side, then puts it in its place: a crash leaves the old or the new, never half of one. */
  const place = async (name: string, bytes: Buffer | string, put: typeof rename): Promise<void> => {
    const target = join(path, name)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    const side = `${target}.${randomUUID()}`
    try {
      await using file = await open(side, 'wx', 0o600)
      await file.writeFile(bytes)
      await file.sync()
      await put(side, target)
      await using folder = await open(dirname(target), 'r')
      await folder.sync()
    } finally {
      await rm(side, { force: true })
    }
  }

  return {
    read,
    write: (name, bytes) => place(name, bytes, rename),
    async writeFirst(name, bytes) {
      try {
        // A link is refused where there is something: of two processes one is first.
        await place(name, bytes, link)
        return bytes
      } catch (error) {
        if (codeOf(error) !== 'EEXIST') throw error
        return (await read(name)) ?? bytes
      }
    },
    async remove(name) {
      await rm(join(path, name), { force: true })
    },
  }
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}
