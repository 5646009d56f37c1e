import { argon2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { KhataError } from 'khata'

const derive = promisify(argon2)

/** What a hash costs: the least that OWASP recommends for argon2id, about 20 ms of one core. */
const cost = { memory: 19_456, passes: 2, parallelism: 1, tagLength: 32 } as const
const retryAfterMs = 1_000

/** Hashes passwords, a few at a time. */
export interface Passwords {
  /** @throws KhataError `overloaded` when too many wait already */
  hash(password: string): Promise<string>
  /** Whether it is the password; `null` takes as long and is never it, so that nobody learns who has an account. */
  verify(password: string, hash: string | null): Promise<boolean>
}

/** How many hashes are made at once, and how many may wait; all have defaults. */
export interface PasswordOptions {
  /** Default 2. They run on libuv's four threads, which files need too. */
  readonly atOnce?: number
  /** Default 50: whoever waits longest waits about a second. */
  readonly waiting?: number
}

/**
 * argon2id on a bounded pool. A hash is expensive on purpose, so a crowd at the door is told to come back rather than
 * kept waiting while it takes the memory and threads of everybody else.
 */
export function passwordsOf({ atOnce = 2, waiting = 50 }: PasswordOptions = {}): Passwords {
  const turns: (() => void)[] = []
  let running = 0

  const inTurn = async <T>(work: () => Promise<T>): Promise<T> => {
    if (running < atOnce) running++
    else {
      if (turns.length >= waiting) throw new KhataError('overloaded', 'Too many log-ins at once.', { retryAfterMs })
      await new Promise<void>((turn) => turns.push(turn))
    }
    try {
      return await work()
    } finally {
      // The turn is handed on rather than given back, so that nobody slips in between.
      const next = turns.shift()
      if (next) next()
      else running--
    }
  }

  const tag = (password: string, nonce: Buffer) => derive('argon2id', { ...cost, message: password.normalize('NFKC'), nonce })

  return {
    hash: (password) =>
      inTurn(async () => {
        const nonce = randomBytes(16)
        const { memory, passes, parallelism } = cost
        const hash = await tag(password, nonce)
        return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${unpadded(nonce)}$${unpadded(hash)}`
      }),
    verify: (password, stored) =>
      inTurn(async () => {
        const [, , , , nonce = '', expected = ''] = (stored ?? '').split('$')
        const actual = await tag(password, nonce === '' ? randomBytes(16) : Buffer.from(nonce, 'base64'))
        const wanted = Buffer.from(expected, 'base64')
        return wanted.length === actual.length && timingSafeEqual(wanted, actual)
      }),
  }
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '')
}
