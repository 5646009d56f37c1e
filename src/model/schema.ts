/**
 * What Khata asks of a schema: its input and its output, nothing else. Zod schemas are of this shape.
 *
 * Comparing each schema with all of `z.ZodType` more than doubles the compiler's work on a large project, so the
 * public types never mention it.
 */
export interface Schema<Out = unknown, In = unknown> {
  readonly _zod: { readonly output: Out; readonly input: In }
}

/** Schemas by name. */
export interface Schemas {
  readonly [name: string]: Schema
}

/** `z.object({})` says `Record<string, never>`, in which every field exists; a person means `{}`. */
type Plain<T> = string extends keyof T ? (T[keyof T] extends never ? {} : T) : T

/** What a schema gives after validation. */
export type Output<T extends Schema> = Plain<T['_zod']['output']>

/** What a schema takes. */
export type Input<T extends Schema> = Plain<T['_zod']['input']>

/**
 * What a field of an aggregate's state may be: a value that JSON carries. `Boolean` rather than `boolean`, because the
 * latter would make the compiler infer `open: false` from `initial: { open: false }`.
 */
export type Storable = string | number | Boolean | null | undefined | readonly unknown[] | PlainObject

/** An object that is not a Map, a Set, a Date or a function: JSON would lose those. */
type PlainObject = object & {
  readonly [Symbol.iterator]?: never
  readonly getTime?: never
  readonly call?: never
}

/** The type itself, behind a mapped type that the compiler does not infer from and that keeps literals. */
export type Same<S> = { [K in keyof NoInfer<S>]: NoInfer<S>[K] }
