/** Lets at most `limit` pieces of work run at once, in the order of asking. */
export class Turns {
  #running = 0
  readonly #limit: number
  readonly #waiting: (() => void)[] = []
  readonly #idle: (() => void)[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#running++
    try {
      return await work()
    } finally {
      // The turn is handed on rather than given back, so that nobody slips in between.
      const next = this.#waiting.shift()
      if (next) next()
      else {
        this.#running--
        if (this.#running === 0) for (const idle of this.#idle.splice(0)) idle()
      }
    }
  }

  /** Resolves when nothing runs or waits. */
  idle(): Promise<void> {
    return this.#running === 0 ? Promise.resolve() : new Promise((resolve) => this.#idle.push(resolve))
  }
}
