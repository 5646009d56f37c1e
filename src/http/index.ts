import '../node-version.ts'

export { createHttp } from './create.ts'
export type { HttpOptions } from './options.ts'
export type { ProblemDocument } from './problem.ts'
export type { Caller, RoutePolicy } from './route.ts'
export { type Server, serve } from './serve.ts'
export type { ProblemCode } from './statuses.ts'
