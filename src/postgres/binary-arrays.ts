/**
 * Arrays as PostgreSQL reads them in binary: a batch goes over as one parameter per column, with nothing to escape here
 * and nothing to parse there.
 */

const headerBytes = 20

function header(bytes: number, count: number, oid: number, nulls: boolean): Buffer {
  const buffer = Buffer.allocUnsafe(headerBytes + bytes)
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(nulls ? 1 : 0, 4)
  buffer.writeInt32BE(oid, 8)
  buffer.writeInt32BE(count, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}

/** An array of elements that all have the same number of bytes. */
function fixed<T>(
  values: readonly (T | null)[],
  oid: number,
  width: number,
  write: (buffer: Buffer, value: T, offset: number) => void,
): Buffer {
  let nulls = 0
  for (const value of values) if (value === null) nulls++
  const buffer = header(values.length * (4 + width) - nulls * width, values.length, oid, nulls > 0)
  let offset = headerBytes
  for (const value of values) {
    if (value === null) {
      offset = buffer.writeInt32BE(-1, offset)
      continue
    }
    offset = buffer.writeInt32BE(width, offset)
    write(buffer, value, offset)
    offset += width
  }
  return buffer
}

function strings(values: readonly (string | null)[], oid: number): Buffer {
  let bytes = 0
  let nulls = false
  for (const value of values) {
    bytes += 4
    if (value === null) nulls = true
    else bytes += Buffer.byteLength(value)
  }
  const buffer = header(bytes, values.length, oid, nulls)
  let offset = headerBytes
  for (const value of values) {
    if (value === null) {
      offset = buffer.writeInt32BE(-1, offset)
      continue
    }
    const length = buffer.write(value, offset + 4)
    buffer.writeInt32BE(length, offset)
    offset += 4 + length
  }
  return buffer
}

/** A `text[]`. */
export function textArray(values: readonly (string | null)[]): Buffer {
  return strings(values, 25)
}

/** A `json[]` of JSON texts. */
export function jsonArray(values: readonly (string | null)[]): Buffer {
  return strings(values, 114)
}

/** A `bigint[]`. */
export function bigintArray(values: readonly (number | null)[]): Buffer {
  return fixed(values, 20, 8, (buffer, value, offset) => {
    const high = Math.floor(value / 0x1_0000_0000)
    buffer.writeInt32BE(high, offset)
    buffer.writeUInt32BE(value - high * 0x1_0000_0000, offset + 4)
  })
}

/** An `integer[]`. */
export function integerArray(values: readonly (number | null)[]): Buffer {
  return fixed(values, 23, 4, (buffer, value, offset) => buffer.writeInt32BE(value, offset))
}

/** A `double precision[]`. */
export function doubleArray(values: readonly (number | null)[]): Buffer {
  return fixed(values, 701, 8, (buffer, value, offset) => buffer.writeDoubleBE(value, offset))
}

/** A `boolean[]` of 0 and 1. */
export function booleanArray(values: readonly (number | null)[]): Buffer {
  return fixed(values, 16, 1, (buffer, value, offset) => buffer.writeUInt8(value === 0 ? 0 : 1, offset))
}

/** A `uuid[]`; the texts must be checked by `isUuid`. */
export function uuidArray(values: readonly string[]): Buffer {
  return fixed(values, 2950, 16, (buffer, value, offset) => {
    buffer.write(value.replaceAll('-', ''), offset, 16, 'hex')
  })
}
