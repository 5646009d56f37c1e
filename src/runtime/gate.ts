/** Lets commits of this process through, unless somebody needs a moment without any. */
export class Gate {
  #inside = 0
  #closed: Promise<void> | null = null
  #emptied: (() => void) | null = null

  /** Goes in; the function goes out again. Waits while somebody is alone. */
  async enter(): Promise<() => void> {
    while (this.#closed) await this.#closed
    this.#inside++
    let left = false
    return () => {
      if (left) return
      left = true
      this.#inside--
      if (this.#inside === 0) this.#emptied?.()
    }
  }

  /** Whether `enter` would wait. */
  get closed(): boolean {
    return this.#closed !== null
  }

  /** Waits until everybody is out, then runs `work` alone. Keep it to some ten milliseconds. */
  async alone<T>(work: () => Promise<T>): Promise<T> {
    while (this.#closed) await this.#closed
    let open = (): void => {}
    this.#closed = new Promise((resolve) => {
      open = resolve
    })
    try {
      if (this.#inside > 0) {
        await new Promise<void>((resolve) => {
          this.#emptied = resolve
        })
      }
      return await work()
    } finally {
      this.#emptied = null
      this.#closed = null
      open()
    }
  }
}
