import { userInfo } from 'node:os'
import type { Operator } from '../runtime/app.ts'

/** Who works at the terminal, for the note that is left: what `--user` says, or the account's name. */
export function operatorOf(user: string | undefined): Required<Operator> {
  if (user !== undefined) return { by: user }
  try {
    return { by: `cli:${userInfo().username}` }
  } catch {
    // An account without a name, as in many containers.
    return { by: 'cli' }
  }
}
