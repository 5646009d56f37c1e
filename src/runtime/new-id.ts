import * as crypto from 'node:crypto'
import { v7 } from 'uuid'

/** A UUIDv7 (RFC 9562). Node's own generator, where there is one, costs a tenth; ids of one millisecond come in any order. */
export const newId: () => string = (crypto as { randomUUIDv7?: () => string }).randomUUIDv7 ?? (() => v7())
