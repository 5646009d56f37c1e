import { BlockList, isIP } from 'node:net'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import type { User } from '../model/decision.ts'
import { KhataError } from '../model/error.ts'

/** How an app is served; all have defaults. */
export interface HttpOptions {
  /** The address to listen on. Default `127.0.0.1`; any but a loopback address needs `authenticate`. */
  readonly host?: string
  /** Default 3000; 0 takes a free one. */
  readonly port?: number
  /**
   * Says who sent a request. With it, a request that it answers `null` for gets 401 everywhere but on probes and
   * descriptions; to let strangers in, answer a user that stands for them.
   */
  readonly authenticate?: (request: FastifyRequest) => User | null | Promise<User | null>
  /** Bytes that a body may have. Default 1 MiB. */
  readonly bodyLimitBytes?: number
  /** Requests a minute for one user, or one address without a user; 0: no limit. Default: none on loopback, 3,000 elsewhere. */
  readonly ratePerMinute?: number
  /** Origins, `https://shop.example`, whose web pages may call this server. Default: its own only. */
  readonly allowedOrigins?: readonly string[]
  /** Host names, with or without a port, that requests may be for. Default: loopback names on loopback, any elsewhere. */
  readonly allowedHosts?: readonly string[]
  /**
   * Adds routes beside Khata's own, in a scope of theirs. Each needs a `config.policy`: `public`, or what to ask the
   * app's policy. The gate, correlation ids, limits and problem documents hold for them too.
   */
  readonly routes?: (http: FastifyInstance) => void | Promise<void>
  /** Where requests and failures are logged. Default: failures only, as JSON lines on stderr. */
  readonly logger?: FastifyBaseLogger
}

/** Options with their defaults filled in. */
export interface Settings {
  readonly host: string
  readonly port: number
  readonly loopback: boolean
  readonly authenticate: HttpOptions['authenticate'] | null
  readonly bodyLimitBytes: number
  readonly ratePerMinute: number
  readonly allowedOrigins: ReadonlySet<string>
  /** Null: any host. */
  readonly allowedHosts: ReadonlySet<string> | null
  readonly routes: HttpOptions['routes'] | null
  readonly logger: FastifyBaseLogger | null
}

const known = new Set([
  'host',
  'port',
  'authenticate',
  'bodyLimitBytes',
  'ratePerMinute',
  'allowedOrigins',
  'allowedHosts',
  'routes',
  'logger',
])

const loopbackNames = ['localhost', '127.0.0.1', '[::1]']
const loopbackAddresses = new BlockList()
loopbackAddresses.addSubnet('127.0.0.0', 8, 'ipv4')
loopbackAddresses.addAddress('::1', 'ipv6')

/**
 * Options with defaults, checked.
 * @throws KhataError `setting` naming the one that is wrong
 */
export function settingsOf(options: HttpOptions): Settings {
  for (const name of Object.keys(options)) if (!known.has(name)) throw wrong(name, 'there is no such option')
  const host = options.host ?? '127.0.0.1'
  if (typeof host !== 'string' || host === '') throw wrong('host', 'must be an address or name')
  const loopback = isLoopback(host)
  if (options.authenticate !== undefined && typeof options.authenticate !== 'function') {
    throw wrong('authenticate', 'must be a function')
  }
  if (options.routes !== undefined && typeof options.routes !== 'function') throw wrong('routes', 'must be a function')
  if (!loopback && !options.authenticate) {
    throw wrong('host', `${host} can be reached by others: give "authenticate", or listen on 127.0.0.1`)
  }
  return {
    host,
    port: whole('port', options.port ?? 3000, 0, 65_535),
    loopback,
    authenticate: options.authenticate ?? null,
    bodyLimitBytes: whole('bodyLimitBytes', options.bodyLimitBytes ?? 1_048_576, 1, 1_073_741_824),
    ratePerMinute: whole('ratePerMinute', options.ratePerMinute ?? (loopback ? 0 : 3_000), 0, 1_000_000_000),
    allowedOrigins: new Set(texts('allowedOrigins', options.allowedOrigins ?? []).map(originOf)),
    allowedHosts: hostsOf(options, loopback),
    routes: options.routes ?? null,
    logger: options.logger ?? null,
  }
}

function hostsOf(options: HttpOptions, loopback: boolean): ReadonlySet<string> | null {
  const given = texts('allowedHosts', options.allowedHosts ?? []).map((host) => host.toLowerCase())
  if (loopback) return new Set([...loopbackNames, ...given])
  return given.length > 0 ? new Set(given) : null
}

function isLoopback(host: string): boolean {
  const family = isIP(host)
  return family === 0 ? host === 'localhost' : loopbackAddresses.check(host, family === 6 ? 'ipv6' : 'ipv4')
}

function whole(name: string, value: unknown, least: number, most: number): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value
  throw wrong(name, `must be a whole number from ${least} to ${most}`)
}

function texts(name: string, value: unknown): readonly string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '')) return value
  throw wrong(name, 'must be a list of texts')
}

function originOf(text: string): string {
  const origin = URL.canParse(text) ? new URL(text).origin : 'null'
  if (origin === 'null') throw wrong('allowedOrigins', `"${text}" is not an origin such as https://shop.example`)
  return origin
}

function wrong(setting: string, what: string): KhataError<'setting'> {
  return new KhataError('setting', `HTTP option "${setting}": ${what}`, { setting })
}
