/** Whether two types are the same, `any` and optional fields included. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

/** Does not compile unless its argument is `true`. */
export function same<T extends true>(..._proof: T[]): void {}

/** A type with its aliases and intersections written out, for comparison. */
export type Flat<T> = T extends object ? { [K in keyof T]: T[K] } : T
