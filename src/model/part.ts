import type { AnyAggregate } from './aggregate.ts'
import type { AnyBoundary } from './boundary.ts'
import type { AnyProcess } from './process.ts'
import type { AnyProjection } from './projection.ts'
import type { AnyQuery } from './query.ts'
import type { Reactor } from './reactor.ts'
import type { Schedule } from './schedule.ts'

/** What an app is made of. */
export type Part = AnyAggregate | AnyBoundary | AnyProjection | AnyQuery | Reactor | AnyProcess | Schedule

type CommandNames<P> = P extends { '~model': { commands: infer Commands } } ? keyof Commands & string : never

/** For each command name, the names of the parts that define it. */
type CommandOwners<P> = {
  [Q in P as CommandNames<Q>]: Q extends { name: infer Name } ? Name : never
}

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never

type Clash<P, Q> = {
  [K in CommandNames<Q>]: IsUnion<CommandOwners<P>[K & keyof CommandOwners<P>]> extends true ? K : never
}[CommandNames<Q>]

/** Does not compile when two parts define one command name. */
export type Distinct<Parts extends readonly Part[]> = {
  readonly [I in keyof Parts]: [Clash<Parts[number], Parts[I]>] extends [never]
    ? unknown
    : `two aggregates define the command '${Clash<Parts[number], Parts[I]>}'`
}

/** All the commands of an app's parts by name. */
export type CommandMap<P> = {
  [Q in P as CommandNames<Q>]: never
} extends infer Names
  ? { [K in keyof Names & string]: CommandNamed<P, K> }
  : never

type CommandNamed<P, K extends string> = P extends { '~model': { commands: infer Commands } }
  ? K extends keyof Commands
    ? Commands[K]
    : never
  : never

/** All the views of an app's parts by name. */
export type ViewMap<P> = {
  [Q in P as Q extends { kind: 'projection'; name: infer Name extends string } ? Name : never]: Q extends AnyProjection
    ? Q['~model']
    : never
}

/** All the queries of an app's parts by name. */
export type QueryMap<P> = {
  [Q in P as Q extends { kind: 'query'; name: infer Name extends string } ? Name : never]: Q extends AnyQuery
    ? Q['~model']
    : never
}
