import { createHmac } from 'node:crypto'

/** An address as it is compared: what people type differently and mean the same is the same. */
export function normalEmail(email: string): string {
  return email.trim().normalize('NFKC').toLowerCase()
}

/**
 * What stands for an address where the address itself must not be. A keyed hash, because anybody can hash all addresses
 * they know and compare; without the key they cannot.
 */
export function hashEmail(key: Buffer, email: string): string {
  return createHmac('sha256', key).update(normalEmail(email)).digest('base64url')
}
