/** What a `khata.config.ts` says: the parts of a business, where its facts are kept, how it is served. */
import type { User } from '../model/decision.ts'
import type { Distinct, Part } from '../model/part.ts'
import '../node-version.ts'
import type { AnyApp, App, Policy } from '../runtime/app.ts'

/** What every request over HTTP has. */
export interface HttpRequest {
  readonly method: string
  readonly url: string
  readonly ip: string
  /** By lower-case name. */
  readonly headers: {
    readonly authorization?: string | undefined
    readonly cookie?: string | undefined
    readonly [name: string]: string | readonly string[] | undefined
  }
}

/** A server of Khata's that routes are added to: a `FastifyInstance` in truth, and `routes` may take one. */
export interface HttpServer {
  readonly prefix: string
}

/** The settings of a business. Environment variables and command-line options come before them. */
export interface Config<Parts extends readonly Part[]> {
  /** The aggregates, boundaries, projections and queries. */
  readonly use: Parts & Distinct<Parts>
  /** `sqlite:path`, relative to the folder of this file, or `postgres://…`. Default `sqlite:data/khata.db`. Environment: `KHATA_STORE`. */
  readonly store?: string
  /** Default 3000; 0 takes a free one. Environment: `PORT`. */
  readonly port?: number
  /** The address to listen on. Default `127.0.0.1`; any but a loopback address needs `authenticate`. */
  readonly host?: string
  /** Asked before every command, query and operator action. Default: everybody may do everything. */
  readonly authorize?: Policy
  /** Says who sent a request, or null for nobody. It may take a `FastifyRequest`: that is what it is given. */
  authenticate?(request: HttpRequest): User | null | Promise<User | null>
  /** Started by `khata start` before the app is opened, and disposed when the app is closed: what its reactors talk to. */
  readonly services?: () => Promise<AsyncDisposable>
  /** Adds routes beside Khata's own; each needs a `config.policy`. */
  routes?(http: HttpServer, app: AnyApp): void | Promise<void>
  /** Run by `khata start` before the server listens; it must do nothing when it runs again. */
  readonly sample?: (app: App<{ part: Parts[number] }>) => Promise<void>
  /** What `khata start` prints when the server listens at `url`. */
  readonly guide?: (url: string) => string
}

/** Gives a config its types: `export default defineConfig({ use: [account, balances] })`. */
export function defineConfig<const Parts extends readonly Part[]>(config: Config<Parts>): Config<Parts> {
  return config
}
