/** How far something is, on stderr: one line that is rewritten on a terminal, a line every few seconds elsewhere. */
export interface Progress {
  /** Told as often as anything changes; written only now and then. */
  update(done: number): void
  /** Writes the last state and ends the line. */
  end(): void
}

const everyMs = { terminal: 100, file: 5_000 }

/**
 * Begins a progress line.
 *
 * @param unit what is counted, in the plural
 * @param total how many there will be; null when nobody knows
 */
export function progress(
  label: string,
  unit: string,
  total: number | null,
  out: NodeJS.WriteStream = process.stderr,
): Progress {
  const startedAt = performance.now()
  const pause = out.isTTY ? everyMs.terminal : everyMs.file
  let writtenAt = out.isTTY ? Number.NEGATIVE_INFINITY : startedAt
  let done = 0

  const write = () => {
    const text = describe(label, unit, done, total, (performance.now() - startedAt) / 1000)
    out.write(out.isTTY ? `\r${text}\x1b[K` : `${text}\n`)
  }
  return {
    update(now) {
      done = now
      if (performance.now() - writtenAt < pause) return
      writtenAt = performance.now()
      write()
    },
    end() {
      write()
      if (out.isTTY) out.write('\n')
    },
  }
}

/** One line about how far something is after some seconds, with rate and time left. */
export function describe(label: string, unit: string, done: number, total: number | null, seconds: number): string {
  const rate = seconds > 0 ? done / seconds : 0
  const parts = [`${label}: ${whole(done)}${total === null ? '' : ` of ${whole(total)}`} ${unit}`]
  if (total !== null && total > 0) parts.push(`${Math.floor((done / total) * 100)} %`)
  if (done > 0) parts.push(`${whole(rate)}/s`)
  if (total !== null && done > 0 && done < total) parts.push(`ETA ${duration((total - done) / rate)}`)
  return parts.join(', ')
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en-GB')
}

function duration(seconds: number): string {
  const rounded = Math.ceil(seconds)
  return rounded < 60 ? `${rounded} s` : `${Math.floor(rounded / 60)} min ${rounded % 60} s`
}
