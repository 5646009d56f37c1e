/**
 * Tokens stand for a place in one store: `epoch.position.mark`. The mark is the end of the id of the event at that
 * position, so that a store that was restored and then grew past the position is noticed as well.
 */
import { KhataError } from '../model/error.ts'
import type { Position, Token } from '../model/units.ts'
import type { EventStore } from '../ports/event-store.ts'

/** Makes and reads the tokens of one store. */
export interface Tokens {
  /** The token of a position whose event id is known. */
  make(position: Position, eventId: string | null): Token
  /** The token of any position. */
  at(position: Position): Promise<Token>
  /**
   * The position a token stands for; a bare position is taken as it is, without protection, also one to come.
   * @throws KhataError `token-of-another-store`, `token-ahead-of-store`, `validation`
   */
  position(token: Token | Position): Promise<Position>
  /**
   * As `position`, for somebody who reads on from there: a bare position that the log has not reached is refused, since
   * whoever began behind it would never see what is recorded up to it.
   */
  reached(token: Token | Position): Promise<Position>
}

const pattern = /^([a-z0-9]+)\.([0-9]+)\.([a-z0-9]+)$/

/** The tokens of a store with this epoch, which changes when it is adopted. */
export function tokensOf(events: EventStore, epochNow: () => string): Tokens {
  const epochMark = (): string => mark(epochNow(), 12)
  const make = (position: Position, eventId: string | null): Token => `${epochMark()}.${position}.${mark(eventId)}`

  const at = async (position: Position): Promise<Token> => {
    if (position === 0) return make(0, null)
    const [event] = await events.lookUp({ position })
    return make(position, event?.id ?? null)
  }

  const position = async (token: Token | Position): Promise<Position> => {
    if (isBare(token)) return Number(token)
    const parts = pattern.exec(String(token))
    if (!parts) throw malformed()
    const [, tokenEpoch, digits, tokenMark] = parts as unknown as [string, string, string, string]
    const place = Number(digits)
    if (!Number.isSafeInteger(place)) throw malformed()
    const epoch = epochMark()
    if (tokenEpoch !== epoch) {
      throw new KhataError(
        'token-of-another-store',
        'The token comes from another store, or from this one before it was restored or copied. Forget it and read again from the start or the present.',
        { epoch: tokenEpoch, expected: epoch },
      )
    }
    if (place === 0) return 0
    const [event] = await events.lookUp({ position: place })
    if (!event || mark(event.id) !== tokenMark) {
      const head = await events.head()
      throw new KhataError(
        'token-ahead-of-store',
        `The token stands for an event at position ${place} that this store does not have: it was restored to an earlier state. Forget the token and read again; after a restore, run \`khata adopt\`.`,
        { position: place, head: head.position },
      )
    }
    return place
  }

  const reached = async (token: Token | Position): Promise<Position> => {
    const place = await position(token)
    // What a token stands for was found in the log.
    if (place === 0 || !isBare(token)) return place
    const { position: end } = await events.head()
    if (place <= end) return place
    const message = `is position ${place}, and the log ends at ${end}`
    throw new KhataError('validation', `The place to begin ${message}.`, { errors: [{ path: 'after', message }] })
  }
  return { make, at, position, reached }
}

function isBare(token: Token | Position): boolean {
  return /^[0-9]{1,15}$/.test(String(token))
}

/** The end of an id, which for a UUIDv7 is its random part. */
function mark(id: string | null, length = 8): string {
  return id === null
    ? '0'
    : id
        .toLowerCase()
        .replace(/[^a-z0-9]/g, '')
        .slice(-length)
}

function malformed(): KhataError<'validation'> {
  const message = 'is not a token of this API, nor a position'
  return new KhataError('validation', `The token ${message}.`, { errors: [{ path: 'after', message }] })
}
