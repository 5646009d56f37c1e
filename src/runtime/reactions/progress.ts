import type { Position } from '../../model/units.ts'

/** Which events between the checkpoint and the reading place are done: lanes end out of order. */
export class Progress {
  #open: { readonly position: Position; done: boolean }[] = []
  #first = 0
  #read: Position

  constructor(checkpoint: Position) {
    this.#read = checkpoint
  }

  /** Up to where the log was read. */
  get read(): Position {
    return this.#read
  }

  /** Events that were read and are not done. */
  get open(): number {
    return this.#open.length - this.#first
  }

  /** Everything up to here is done. */
  get done(): Position {
    const first = this.#open[this.#first]
    return first ? first.position - 1 : this.#read
  }

  /** Everything up to here was read, and nothing in it is to be done but what `begin` named. */
  readTo(position: Position): void {
    this.#read = Math.max(this.#read, position)
  }

  /** An event was read; the function says that it is done. */
  begin(position: Position): () => void {
    const entry = { position, done: false }
    this.#open.push(entry)
    this.#read = Math.max(this.#read, position)
    return () => {
      entry.done = true
      while (this.#open[this.#first]?.done) this.#first++
      if (this.#first > 1_024 && this.#first * 2 > this.#open.length) {
        this.#open = this.#open.slice(this.#first)
        this.#first = 0
      }
    }
  }
}
