/** Accounts: a sign-up that never waits for mail, CRM, analytics or points. */
import type { FastifyInstance } from 'fastify'
import type { AnyApp, RetryPolicy } from 'khata'
import { signUpsPerDay } from './analytics.ts'
import { credentialsIn, emailKeyIn } from './credentials.ts'
import { type CrmAddress, crm } from './crm.ts'
import { type Mailer, mailerAt } from './outside/mail.ts'
import { type PasswordOptions, passwordsOf } from './passwords.ts'
import { points, rewardPoints } from './points.ts'
import { privateFolder } from './private-folder.ts'
import type { Context } from './routes/context.ts'
import { addLogIn } from './routes/log-in.ts'
import { addProfile } from './routes/profile.ts'
import { addSessions } from './routes/sessions.ts'
import { addSignUp } from './routes/sign-up.ts'
import { openSessions, session } from './session.ts'
import { user } from './user.ts'
import { welcomeMail } from './welcome-mail.ts'

export { openSessions, points, session, signUpsPerDay, user }

/** Commands that only the routes should send: they have checked what the commands cannot see. */
export const stepsOfAccounts: ReadonlySet<string> = new Set(
  [user, session, points].flatMap(({ commands }) => Object.keys(commands)),
)

/** Where the outside world is; asked for when something is to be sent there. */
export interface Outside {
  /** `smtp://host:port` */
  readonly smtpUrl: () => string
  readonly crm: () => CrmAddress
  /** How mails are tried again; default: Khata's, about three minutes. */
  readonly mailRetry?: RetryPolicy
  /** How web hooks are tried again; the same default. */
  readonly crmRetry?: RetryPolicy
}

/** How the routes work. */
export interface RouteOptions extends PasswordOptions {
  /** Where password hashes, the key for e-mail addresses, and pictures are kept. */
  readonly folder: string
}

/** The accounts business: its parts for `khata({ use })`, and its routes. */
export function accounts(outside: Outside) {
  let mailer: Mailer | null = null
  const mail = () => (mailer ??= mailerAt(outside.smtpUrl()))
  return {
    parts: [
      user,
      session,
      openSessions,
      signUpsPerDay,
      points,
      rewardPoints,
      welcomeMail(mail, outside.mailRetry),
      crm(outside.crm, outside.crmRetry),
    ] as const,

    /** Adds the routes to a server of Khata's, or a scope of one. */
    async routes(http: FastifyInstance, app: Pick<AnyApp, 'send' | 'load' | 'events' | 'view'>, options: RouteOptions) {
      const files = privateFolder(options.folder)
      const credentials = credentialsIn(files)
      const context: Context = { app, files, credentials, passwords: passwordsOf(options), emailKey: await emailKeyIn(files) }
      for (const add of [addSignUp, addLogIn, addSessions, addProfile]) add(http, context)
    },

    /** Closes connections to the outside. */
    close: () => mailer?.close(),
  }
}
