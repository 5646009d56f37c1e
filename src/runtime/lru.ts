/**
 * A map that forgets what was used least recently when its entries weigh more than `limit` together. Each weighs 1 unless
 * `weigh` says otherwise; one that grew must be set again.
 */
export class LruMap<Key, Value> {
  readonly #entries = new Map<Key, Value>()
  readonly #weights = new Map<Key, number>()
  readonly #limit: number
  readonly #weigh: ((value: Value) => number) | undefined
  #total = 0

  constructor(limit: number, weigh?: (value: Value) => number) {
    this.#limit = limit
    this.#weigh = weigh
  }

  get(key: Key): Value | undefined {
    const value = this.#entries.get(key)
    if (value !== undefined) {
      this.#entries.delete(key)
      this.#entries.set(key, value)
    }
    return value
  }

  set(key: Key, value: Value): void {
    this.delete(key)
    this.#entries.set(key, value)
    const weight = this.#weigh?.(value) ?? 1
    if (this.#weigh) this.#weights.set(key, weight)
    this.#total += weight
    while (this.#total > this.#limit) this.delete(this.#entries.keys().next().value as Key)
  }

  delete(key: Key): void {
    if (!this.#entries.delete(key)) return
    this.#total -= this.#weights.get(key) ?? 1
    this.#weights.delete(key)
  }

  clear(): void {
    this.#entries.clear()
    this.#weights.clear()
    this.#total = 0
  }
}
