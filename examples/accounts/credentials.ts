import { randomBytes } from 'node:crypto'
import type { PrivateFolder } from './private-folder.ts'

/** Password hashes, by user: apart from the events, because they must be replaceable and must be able to go. */
export interface Credentials {
  hashOf(userId: string): Promise<string | null>
  keep(userId: string, hash: string): Promise<void>
  /** As `keep`, unless there is one already. */
  keepFirst(userId: string, hash: string): Promise<void>
  forget(userId: string): Promise<void>
}

/** Credentials in a folder: a file for each user. User ids are made by this program, and safe as names of files. */
export function credentialsIn(folder: PrivateFolder): Credentials {
  const fileOf = (userId: string) => `credentials/${userId.slice(-2)}/${userId}`
  return {
    async hashOf(userId) {
      return (await folder.read(fileOf(userId)))?.toString('utf8') ?? null
    },
    keep: (userId, hash) => folder.write(fileOf(userId), hash),
    async keepFirst(userId, hash) {
      await folder.writeFirst(fileOf(userId), Buffer.from(hash))
    },
    forget: (userId) => folder.remove(fileOf(userId)),
  }
}

/** The key under which e-mail addresses are hashed: made once, and kept as long as the store is. */
export async function emailKeyIn(folder: PrivateFolder): Promise<Buffer> {
  return (await folder.read('email.key')) ?? folder.writeFirst('email.key', randomBytes(32))
}
