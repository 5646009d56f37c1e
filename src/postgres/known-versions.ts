/** Versions that streams have reached, as far as this process has seen: a version that was there never goes away. */
export interface KnownVersions {
  /** Notes that a version is there. */
  note(stream: string, version: number): void
  /** Whether a version is known to be there; 0 always is. */
  reached(stream: string, version: number): boolean
  /** Forgets everything: the store may have been restored while the connection was lost. */
  forget(): void
}

/** Streams that are kept; more start anew. */
const limit = 50_000

/** Knows nothing yet. Streams are named by `streamKey`. */
export function knownVersions(): KnownVersions {
  const versions = new Map<string, number>()
  return {
    note: (stream, version) => {
      if (versions.size >= limit && !versions.has(stream)) versions.clear()
      if (version > (versions.get(stream) ?? 0)) versions.set(stream, version)
    },
    reached: (stream, version) => version === 0 || (versions.get(stream) ?? 0) >= version,
    forget: () => versions.clear(),
  }
}
