/** Something that needs attention, and what to do about it. */
export interface Finding {
  /** `problem`: it endangers data or service; `advice`: it will, or it costs more than it must. */
  readonly weight: 'problem' | 'advice'
  /** What it is about: `settings`, `connections`, `size`, … */
  readonly about: string
  /** What was found, one sentence. */
  readonly found: string
  /** What to do about it, one sentence. */
  readonly advice: string
}

/** Something that was measured. */
export interface Measure {
  readonly about: string
  readonly name: string
  readonly value: number | string | boolean | null
  readonly unit?: 'bytes' | 'rows' | 'ms'
}

/** What an engine's doctor says of a store; it changes nothing. */
export interface Examination {
  readonly measures: readonly Measure[]
  readonly findings: readonly Finding[]
}

/** How thoroughly a store is examined. */
export interface ExaminationOptions {
  /** Also reads the whole file or every page, where the engine can; may take minutes. */
  readonly deep?: boolean
}
