import { styled } from './output.ts'

/** Shows how far a long work is: a bar on a terminal, a line now and then elsewhere. On stderr. */
export interface Progress {
  /** `etaMs` and `perSecond` are worked out from the calls unless they are given. */
  show(done: number, total: number, known?: { readonly perSecond?: number; readonly etaMs?: number | null }): void
  /** Removes the bar. */
  end(): void
}

const barWidth = 30
const lineEveryMs = 5_000
const barEveryMs = 100

/** A progress display for work that is named like `Verifying events`. */
export function progress(work: string): Progress {
  const stream = process.stderr
  const started = performance.now()
  let first: number | null = null
  let shownAt = stream.isTTY ? -Infinity : started

  const clear = () => {
    if (stream.isTTY) stream.write('\r\x1b[K')
  }

  return {
    show(done, total, known = {}) {
      const now = performance.now()
      first ??= done
      if (now - shownAt < (stream.isTTY ? barEveryMs : lineEveryMs)) return
      shownAt = now
      const perSecond = known.perSecond ?? ((done - first) / Math.max(now - started, 1)) * 1000
      const etaMs = known.etaMs ?? (perSecond > 0 ? ((total - done) / perSecond) * 1000 : null)
      const part = total === 0 ? 1 : Math.min(1, done / total)
      const text = [
        `${Math.floor(part * 100)} %`,
        `${grouped(done)} of ${grouped(total)}`,
        `${grouped(Math.round(perSecond))}/s`,
        etaMs === null ? '' : `${duration(etaMs)} left`,
      ]
      const said = text.filter(Boolean).join('  ')
      if (!stream.isTTY) {
        stream.write(`${work}: ${said}\n`)
        return
      }
      const filled = Math.round(part * barWidth)
      clear()
      stream.write(`${work} ${styled('cyan', '█'.repeat(filled), stream)}${'░'.repeat(barWidth - filled)} ${said}`)
    },
    end: clear,
  }
}

/** A whole number with its thousands apart. */
export function grouped(number: number): string {
  return number.toLocaleString('en-GB')
}

function duration(ms: number): string {
  const seconds = Math.ceil(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
