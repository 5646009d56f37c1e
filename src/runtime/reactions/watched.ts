/**
 * Promises that a handler is given and may forget. A rejection that nobody looks at would end the process, and what was
 * forgotten would count as done: so each promise knows whether somebody waits for it or for what comes of it, and whoever
 * ran the handler hears of the rejections that nobody did.
 */

/** The promises that one handler was given. */
export interface Watch {
  /** The same promise, watched. */
  watched<T>(work: Promise<T>): Promise<T>
  /** Waits until all have ended; answers the first rejection that the handler left to nobody, null when there is none. */
  ended(): Promise<{ readonly cause: unknown } | null>
}

/** A promise that notices `then`, which `await`, `catch`, `finally` and `Promise.all` come down to. */
class Watched<T> extends Promise<T> {
  static override get [Symbol.species](): PromiseConstructor {
    return Promise
  }

  isTaken = false
  readonly #watch: Watch

  constructor(work: Promise<T>, watch: Watch) {
    super((resolve) => resolve(work))
    this.#watch = watch
  }

  // biome-ignore lint/suspicious/noThenProperty: it is a promise
  override then<A = T, B = never>(
    done?: ((value: T) => A | PromiseLike<A>) | null,
    failed?: ((cause: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.isTaken = true
    return this.#watch.watched(super.then(done, failed))
  }

  /** What it was rejected with; asking does not count as looking after it. */
  get rejection(): Promise<{ readonly cause: unknown } | null> {
    return super.then(
      () => null,
      (cause: unknown) => ({ cause }),
    )
  }
}

/** Watches the promises of one handler. */
export function watch(): Watch {
  const all: { readonly promise: Watched<any>; readonly rejection: Watched<any>['rejection'] }[] = []
  const self: Watch = {
    watched<T>(work: Promise<T>) {
      const promise = new Watched<T>(work, self)
      all.push({ promise, rejection: promise.rejection })
      return promise
    },
    async ended() {
      let first: { readonly cause: unknown } | null = null
      // More may come while it waits.
      for (const { promise, rejection } of all) {
        const found = await rejection
        if (!promise.isTaken) first ??= found
      }
      return first
    },
  }
  return self
}
