/** The pictures that an avatar may be. */
export const avatarTypes = ['image/png', 'image/jpeg', 'image/webp'] as const

/** A media type that an avatar may have. */
export type AvatarType = (typeof avatarTypes)[number]

/** Bytes that an avatar may have. */
export const avatarLimitBytes = 512 * 1024

/** What a picture really is, by its first bytes, whatever its sender calls it; null when it is none that is taken. */
export function avatarTypeOf(picture: Buffer): AvatarType | null {
  const text = (from: number, to: number) => picture.toString('latin1', from, to)
  if (text(0, 8) === '\x89PNG\r\n\x1a\n' && text(12, 16) === 'IHDR') return 'image/png'
  if (text(0, 3) === '\xff\xd8\xff') return 'image/jpeg'
  if (text(0, 4) === 'RIFF' && text(8, 12) === 'WEBP') return 'image/webp'
  return null
}
